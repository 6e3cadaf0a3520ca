using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// The encoder and the bases as programs of fixed shapes that serve any number of frames: features of a few frames at a time, one identity
/// from the mean of all, and the parameters of a few frames at a time. Reads the parameters as they are in the store, so it serves during
/// training too.
/// </summary>
internal sealed class FacePredictor : IDisposable
{
    private const int Chunk = 4;

    private readonly FaceBases bases;
    private readonly int imageSize;
    private readonly Node.Input images, intrinsics, landmarks, pooled, pooledSide, lowInput, codesInput, sideInput, intrinsicsInput, person;
    private readonly Node low, medium, side, codes, raw, neutral, albedo;
    private readonly Node? offset;
    private readonly FrameParameters frame;
    private readonly GraphProgram features, identity, frames, shape, appearance;
    private readonly Lazy<FaceAppearance> solver;
    private readonly Lazy<FaceDescent> descent;
    private readonly ParameterStore store;

    /// <summary>What the network sees in one frame.</summary>
    /// <param name="Low">LOW, flat.</param>
    /// <param name="Medium">MEDIUM, flat.</param>
    /// <param name="Side">Features of camera and landmarks.</param>
    /// <param name="Intrinsics">Camera of the crop.</param>
    public sealed record FrameFeatures(float[] Low, float[] Medium, float[] Side, Intrinsics Intrinsics);

    /// <summary>A crop as the network takes it.</summary>
    /// <param name="Rgb">[W*W*3] bytes.</param>
    /// <param name="Camera">Camera of the crop.</param>
    /// <param name="Landmarks">[68], pixels of the crop.</param>
    public readonly record struct Crop(byte[] Rgb, Intrinsics Camera, ImmutableArray<Vector2> Landmarks);

    /// <summary>Parameters of one frame with their units, and the raw numbers that they come from.</summary>
    public sealed record Frame(Vector3 Rotation, Vector3 Translation, float[] Expression, float[] Light, float[] Raw);

    public FacePredictor(ParameterStore store, FaceBases bases, Encoder encoder, int imageSize)
    {
        (this.store, this.bases, this.imageSize, Encoder) = (store, bases, imageSize, encoder);
        images = Ops.Input("images", [Chunk, imageSize, imageSize, 3], ElementType.U8);
        intrinsics = Ops.Input("intrinsics", [Chunk, 3]);
        (low, medium) = encoder.Features(images);
        landmarks = Ops.Input("landmarks", [Chunk, FaceFrame.LandmarkCount, 2]);
        side = encoder.SideFeatures(intrinsics, landmarks);
        features = GraphProgram.Compile(store, [low, medium, side]);

        pooled = Ops.Input("pooled medium", medium.Shape.With(0, 1));
        pooledSide = Ops.Input("pooled side", side.Shape.With(0, 1));
        codes = encoder.Identity(pooled, pooledSide);
        identity = GraphProgram.Compile(store, [codes]);

        (lowInput, sideInput) = (Ops.Input("low", low.Shape), Ops.Input("side", side.Shape));
        (codesInput, intrinsicsInput) = (Ops.Input("codes", [Chunk, codes.Shape[1]]), Ops.Input("intrinsics", [Chunk, 3]));
        raw = encoder.Frame(lowInput, codesInput, sideInput);
        frame = bases.BesideNeutral(
            FrameParameters.Of(raw, intrinsicsInput, bases.Template, imageSize), Ops.Slice(codesInput, 1, 0, bases.Sizes.Shape));
        frames = GraphProgram.Compile(store, [frame.Rotation, frame.Translation, frame.Expression, frame.Light, raw]);

        person = Ops.Input("person", [1, bases.Sizes.Total]);
        var alpha = Ops.Slice(person, 1, 0, bases.Sizes.Shape);
        (neutral, offset) = (bases.Neutral(alpha), bases.Offset(alpha));
        shape = GraphProgram.Compile(store, [neutral, .. offset is null ? (Node[])[] : [offset]]);
        albedo = bases.Albedo(Ops.Slice(person, 1, bases.Sizes.Shape, bases.Sizes.Albedo)).Albedo;
        appearance = GraphProgram.Compile(store, [albedo]);
        solver = new Lazy<FaceAppearance>(() => new FaceAppearance(store, bases, imageSize));
        descent = new Lazy<FaceDescent>(() => new FaceDescent(store, bases, encoder, imageSize));
    }

    /// <summary>The network.</summary>
    public Encoder Encoder { get; }

    /// <summary>Features of frames.</summary>
    public FrameFeatures[] Features(IReadOnlyList<Crop> crops)
    {
        var result = new FrameFeatures[crops.Count];
        var pixels = imageSize * imageSize * 3;
        var (bytes, cameras, points) = (new byte[Chunk * pixels], new float[Chunk * 3], new float[Chunk * FaceFrame.LandmarkCount * 2]);
        for (var first = 0; first < crops.Count; first += Chunk)
        {
            for (var i = 0; i < Chunk; i++)
            {
                var (rgb, camera, found) = crops[Math.Min(first + i, crops.Count - 1)];
                rgb.CopyTo(bytes, i * pixels);
                (cameras[3 * i], cameras[3 * i + 1], cameras[3 * i + 2]) = (camera.Focal, camera.CenterX, camera.CenterY);
                MemoryMarshal.Cast<Vector2, float>(found.AsSpan()).CopyTo(points.AsSpan(i * FaceFrame.LandmarkCount * 2));
            }
            features.Set<byte>(images, bytes);
            features.Set<float>(intrinsics, cameras);
            if (features.Reads(landmarks)) features.Set<float>(landmarks, points);
            features.Run();
            float[][] lows = Rows(features, low), mediums = Rows(features, medium), beside = Rows(features, side);
            for (var i = 0; i < Chunk && first + i < crops.Count; i++)
                result[first + i] = new FrameFeatures(lows[i], mediums[i], beside[i], crops[first + i].Camera);
        }
        return result;
    }

    /// <summary>One person's codes from any number of frames, [Q].</summary>
    public float[] Identity(IReadOnlyList<FrameFeatures> person)
    {
        identity.Set<float>(pooled, Mean(person, frame => frame.Medium));
        identity.Set<float>(pooledSide, Mean(person, frame => frame.Side));
        identity.Run();
        return identity.Get<float>(codes);
    }

    /// <summary>Parameters of a person's frames.</summary>
    public Frame[] Frames(IReadOnlyList<FrameFeatures> person, float[] personCodes)
    {
        var result = new Frame[person.Count];
        for (var first = 0; first < person.Count; first += Chunk)
        {
            var chunk = Enumerable.Range(0, Chunk).Select(i => person[Math.Min(first + i, person.Count - 1)]).ToArray();
            frames.Set<float>(lowInput, [.. chunk.SelectMany(frame => frame.Low)]);
            frames.Set<float>(sideInput, [.. chunk.SelectMany(frame => frame.Side)]);
            frames.Set<float>(codesInput, [.. chunk.SelectMany(_ => personCodes)]);
            frames.Set<float>(intrinsicsInput, [.. chunk.SelectMany(f => new[] { f.Intrinsics.Focal, f.Intrinsics.CenterX, f.Intrinsics.CenterY })]);
            frames.Run();
            float[][] w = Rows(frames, frame.Rotation), t = Rows(frames, frame.Translation);
            float[][] delta = Rows(frames, frame.Expression), gamma = Rows(frames, frame.Light), numbers = Rows(frames, raw);
            for (var i = 0; i < Chunk && first + i < person.Count; i++)
                result[first + i] = new Frame(new Vector3(w[i]), new Vector3(t[i]), delta[i], gamma[i], numbers[i]);
        }
        return result;
    }

    /// <summary>
    /// The network's codes and parameters, corrected by what further looks at the pictures tell (<see cref="FaceDescent"/>) once these have been
    /// learned.
    /// </summary>
    public (float[] Codes, Frame[] Frames) LookAgain(
        IReadOnlyList<Crop> crops, IReadOnlyList<FrameFeatures> person, float[] personCodes, Frame[] found) => DescentStep.Learned(store).Length > 0
            ? descent.Value.Refine([.. crops], [.. person], personCodes, found)
            : (personCodes, found);

    /// <summary>Albedo codes and lights that suit the pictures where the network holds the face.</summary>
    public (float[] Codes, Frame[] Frames) SolveAppearance(IReadOnlyList<Crop> crops, float[] personCodes, Frame[] found) => solver.Value.Solve(
        [.. crops.Zip(found, (crop, frame) => new FaceAppearance.Frame(crop.Rgb, crop.Camera, frame))], personCodes);

    /// <summary>The neutral face of codes, [V], mm.</summary>
    public Vector3[] Neutral(float[] personCodes)
    {
        shape.Set<float>(person, personCodes);
        shape.Run();
        return Planar.Points(shape.Get<float>(neutral));
    }

    /// <summary>The offset of that face in the expressions, [b]; empty but in the soft separation.</summary>
    public float[] Offset(float[] personCodes)
    {
        if (offset is null) return [];
        shape.Set<float>(person, personCodes);
        shape.Run();
        return shape.Get<float>(offset);
    }

    /// <summary>The albedo of codes, [V].</summary>
    public Vector3[] Albedo(float[] personCodes)
    {
        if (appearance.Reads(person)) appearance.Set<float>(person, personCodes);
        appearance.Run();
        return Planar.Points(appearance.Get<float>(albedo));
    }

    public void Dispose()
    {
        foreach (var program in new[] { features, identity, frames, shape, appearance }) program.Dispose();
        if (solver.IsValueCreated) solver.Value.Dispose();
        if (descent.IsValueCreated) descent.Value.Dispose();
    }

    private static float[][] Rows(GraphProgram program, Node output)
    {
        var all = program.Get<float>(output);
        return all.Chunk(all.Length / output.Shape[0]).ToArray();
    }

    /// <summary>The mean of some features over frames.</summary>
    internal static float[] Mean(IReadOnlyList<FrameFeatures> frames, Func<FrameFeatures, float[]> part)
    {
        var sum = new float[part(frames[0]).Length];
        foreach (var frame in frames)
            for (var i = 0; i < sum.Length; i++) sum[i] += part(frame)[i];
        for (var i = 0; i < sum.Length; i++) sum[i] /= frames.Count;
        return sum;
    }
}
