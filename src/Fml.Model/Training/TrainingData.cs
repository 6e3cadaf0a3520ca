using System.Collections.Immutable;
using System.Threading.Tasks;

namespace Fml.Model;

/// <summary>Hands batches of a dataset's frames to programs.</summary>
internal sealed class TrainingData(FaceDataset dataset, ImmutableArray<PersonFrames> people, int imageSize)
{
    private readonly ImmutableArray<FaceFrame> frames = [.. people.SelectMany(person => person.Frames)];

    /// <summary>Side of the crops, pixels.</summary>
    public int ImageSize => imageSize;

    /// <summary>The people, in the order of the tables.</summary>
    public ImmutableArray<PersonFrames> People => people;

    /// <summary>All their frames, in the order of the tables.</summary>
    public ImmutableArray<FaceFrame> Frames => frames;

    /// <summary>What a batch holds, ready for a program.</summary>
    public sealed record Loaded(byte[] Images, float[] Landmarks, float[] Confidence, float[] Intrinsics, int[] People, int[] Frames)
    {
        /// <summary>Frames with their crops and the rows of the tables that are theirs.</summary>
        public static Loaded Of(IReadOnlyCollection<FaceFrame> frames, byte[] images, int[] people, int[] rows) => new(
            images,
            [.. frames.SelectMany(frame => frame.Landmarks.SelectMany(point => new[] { point.X, point.Y }))],
            [.. frames.SelectMany(frame => frame.Confidence)],
            [.. frames.SelectMany(frame => new[] { frame.CropCamera.Focal, frame.CropCamera.CenterX, frame.CropCamera.CenterY })],
            people, rows);
    }

    /// <summary>Reads a batch.</summary>
    public Loaded Load(Batch batch, bool withImages)
    {
        var imageBytes = imageSize * imageSize * 3;
        var chosen = batch.Frames.Select(number => frames[number]).ToArray();
        var images = new byte[withImages ? chosen.Length * imageBytes : 0];
        if (withImages) Parallel.For(0, chosen.Length, i => dataset.ReadImage(chosen[i], images.AsSpan(i * imageBytes, imageBytes)));
        return Loaded.Of(chosen, images, [.. batch.People], [.. batch.Frames]);
    }

    /// <summary>Gives a batch to a program; inputs that the program does not read are left out.</summary>
    public static void Feed(Fml.Graph.GraphProgram program, BatchInputs inputs, Loaded loaded)
    {
        if (program.Reads(inputs.Images)) program.Set<byte>(inputs.Images, loaded.Images);
        if (program.Reads(inputs.Landmarks)) program.Set<float>(inputs.Landmarks, loaded.Landmarks);
        if (program.Reads(inputs.Confidence)) program.Set<float>(inputs.Confidence, loaded.Confidence);
        if (program.Reads(inputs.Intrinsics)) program.Set<float>(inputs.Intrinsics, loaded.Intrinsics);
        if (program.Reads(inputs.People)) program.Set<int>(inputs.People, loaded.People);
        if (program.Reads(inputs.Frames)) program.Set<int>(inputs.Frames, loaded.Frames);
    }
}
