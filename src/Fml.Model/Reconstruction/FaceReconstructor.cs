using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Reconstructs people from one or more frames with a learned model (<c>method.md</c> section 6): identity is shared by the frames, pose,
/// expression and light are each frame's own. Not thread-safe.
/// </summary>
public sealed class FaceReconstructor : IDisposable
{
    private readonly ParameterStore store;
    private readonly FacePredictor predictor;
    private readonly FaceBases bases;
    private readonly TrainingOptions options;
    private readonly string colourSpace, modelName;
    private readonly bool owner;

    /// <summary>Loads a model's weights onto a device.</summary>
    /// <exception cref="FmlException">The model's weights do not fit its options.</exception>
    public FaceReconstructor(FaceModel model, Device device)
    {
        var template = model.Template;
        options = model.Options;
        store = new ParameterStore(device);
        try
        {
            store.Load(model.Weights.Select(pair => TensorStream.Of(pair.Key, pair.Value)));
            var loaded = store.Parameters.Count;
            bases = new FaceBases(
                store, template, DeformationGraph.Build(template, options.Nodes), options.Separation, options.ShapeCodes,
                options.AlbedoCodes);
            var encoder = new Encoder(store, options.Encoder, options.ImageSize, template, bases.Sizes, new Random(0));
            Check(model, store, loaded);
            predictor = new FacePredictor(store, bases, encoder, options.ImageSize);
        }
        catch (Exception e)
        {
            store.Dispose();
            if (e is ShapeException)
                throw new FmlException($"The model's weights do not fit its options ({e.Message}); the file is damaged or edited.", e);
            throw;
        }
        (colourSpace, owner) = (model.ColourSpace, true);
        modelName = $"{template.Name}, step {model.Step}; template licence: {template.Licence}";
    }

    /// <summary>Reconstructs with the parameters of a run as they are now; the run keeps what it owns.</summary>
    internal FaceReconstructor(
        ParameterStore store, FacePredictor predictor, FaceBases bases, TrainingOptions options, string colourSpace, long step)
    {
        (this.store, this.predictor, this.bases, this.options, this.colourSpace) = (store, predictor, bases, options, colourSpace);
        modelName = $"{bases.Template.Name}, step {step}; template licence: {bases.Template.Licence}";
    }

    /// <summary>Side of the crops that the model reads, pixels.</summary>
    public int ImageSize => options.ImageSize;

    /// <summary>The model's template.</summary>
    public FaceTemplate Template => bases.Template;

    internal FaceBases Bases => bases;

    internal Encoder Encoder => predictor.Encoder;

    internal TrainingOptions Options => options;

    internal ParameterStore Store => store;

    /// <summary><c>Theta_s</c> transposed as it is now, [g,3N].</summary>
    internal float[] ShapeBasis => store.Get<float>(bases.ShapeBasis);

    internal Device Device => store.Device;

    /// <summary>Reconstructs one person.</summary>
    /// <param name="person">Name, used for files.</param>
    /// <param name="frames">1 or more frames of that person; crops of another size are resampled to the model's.</param>
    /// <exception cref="FmlException">The model reads landmarks, and a frame has none.</exception>
    /// <exception cref="ArgumentException">There are no frames, or a crop is no square.</exception>
    public Reconstruction Reconstruct(string person, IReadOnlyList<CropFrame> frames) => Reconstruct(person, frames, Features(frames));

    /// <summary>What the network sees in frames, to be used for several reconstructions.</summary>
    internal FacePredictor.FrameFeatures[] Features(IReadOnlyList<CropFrame> frames)
    {
        if (frames.Count == 0) throw new ArgumentException("a reconstruction needs at least one frame", nameof(frames));
        if (predictor.Encoder.ReadsLandmarks && frames.FirstOrDefault(f => f.Frame.Landmarks.Length != FaceFrame.LandmarkCount) is { } blind)
            throw new FmlException($"The model reads landmarks beside the picture, but frame {blind.Frame.Key} has none.");
        return predictor.Features(Crops(frames));
    }

    private FacePredictor.Crop[] Crops(IReadOnlyList<CropFrame> frames) =>
        [.. frames.Select(AtModelSize).Select(f => new FacePredictor.Crop(f.Rgb, f.Frame.CropCamera, f.Frame.Landmarks))];

    /// <summary>The neutral face of a person's codes [Q], [V], mm.</summary>
    internal Vector3[] Neutral(float[] codes) => predictor.Neutral(codes);

    /// <summary>The neutral face that features of some frames of a person give at the network's first look, [V], mm.</summary>
    internal Vector3[] Neutral(IReadOnlyList<FacePredictor.FrameFeatures> features) => predictor.Neutral(predictor.Identity(features));

    /// <summary>Reconstructs from features computed before; without <paramref name="compared"/> no frame is compared with its picture.</summary>
    internal Reconstruction Reconstruct(
        string person, IReadOnlyList<CropFrame> frames, IReadOnlyList<FacePredictor.FrameFeatures> features, bool compared = true)
    {
        var (codes, found) = Estimate(frames, features);
        return Face(person, frames, codes, found, compared);
    }

    /// <summary>
    /// The person's codes and the parameters of the frames: shape, pose and expression as the network tells them, and the light and albedo that
    /// suit the pictures best with these.
    /// </summary>
    internal (float[] Codes, FacePredictor.Frame[] Frames) Estimate(
        IReadOnlyList<CropFrame> frames, IReadOnlyList<FacePredictor.FrameFeatures> features)
    {
        var told = predictor.Identity(features);
        var (codes, found) = predictor.LookAgain(Crops(frames), features, told, predictor.Frames(features, told));
        return WithAppearance(frames, codes, found);
    }

    /// <summary>The same codes and parameters with the light and albedo that suit the pictures best.</summary>
    internal (float[] Codes, FacePredictor.Frame[] Frames) WithAppearance(
        IReadOnlyList<CropFrame> frames, float[] codes, IReadOnlyList<FacePredictor.Frame> found) =>
        predictor.SolveAppearance(Crops(frames), codes, [.. found]);

    /// <summary>The face of codes and frame parameters; without <paramref name="compared"/> no frame is compared with its picture.</summary>
    internal Reconstruction Face(
        string person, IReadOnlyList<CropFrame> frames, float[] codes, IReadOnlyList<FacePredictor.Frame> found, bool compared = true)
    {
        var sizes = bases.Sizes;
        var face = new Reconstruction
        {
            Person = person,
            Template = Template,
            Neutral = [.. predictor.Neutral(codes)],
            Albedo = [.. predictor.Albedo(codes)],
            Alpha = [.. codes.AsSpan(0, sizes.Shape)],
            Beta = [.. codes.AsSpan(sizes.Shape, sizes.Albedo)],
            Epsilon = [.. predictor.Offset(codes)],
            ColourSpace = colourSpace,
            Model = modelName,
            Frames = [],
        };
        return face with { Frames = [.. frames.Zip(found, (frame, parameters) => Frame(face, frame, parameters, compared))] };
    }

    private static ReconstructedFrame Frame(Reconstruction face, CropFrame given, FacePredictor.Frame found, bool compared)
    {
        var frame = given.Frame;
        var result = new ReconstructedFrame
        {
            Key = frame.Key,
            Time = frame.Time,
            Expression = [.. found.Expression],
            Rotation = found.Rotation,
            Translation = found.Translation,
            Light = [.. MemoryMarshal.Cast<float, Vector3>(found.Light)],
            CropSize = Side(given),
            Crop = frame.Crop,
            Camera = frame.Camera,
            OriginalWidth = frame.OriginalWidth,
            OriginalHeight = frame.OriginalHeight,
            CameraKnown = frame.CameraKnown,
        };
        if (!compared) return result;
        var fit = FrameFit.Of(face, result, frame, given.Rgb);
        var losses = ImmutableSortedDictionary<string, double>.Empty.Add("visible_share", fit.Visible);
        return result with
        {
            LandmarkError = fit.LandmarkError,
            Losses = fit.Photometric is { } photometric ? losses.Add("photometric", photometric) : losses,
        };
    }

    /// <summary>The crop at the model's size. Pose and light do not depend on it, because the camera is scaled too.</summary>
    internal CropFrame AtModelSize(CropFrame given)
    {
        var side = Side(given);
        if (side == ImageSize) return given;
        var scale = (float)ImageSize / side;
        var crop = given.Frame.Crop;
        var frame = given.Frame with
        {
            Crop = new CropTransform(scale * crop.Scale, scale * crop.OffsetX, scale * crop.OffsetY),
            Landmarks = [.. given.Frame.Landmarks.Select(point => scale * point)],
        };
        return new CropFrame(frame, SquareResampler.Resample(given.Rgb, side, ImageSize));
    }

    private static int Side(CropFrame frame)
    {
        var side = (int)Math.Round(Math.Sqrt(frame.Rgb.Length / 3.0));
        return side > 0 && side * side * 3 == frame.Rgb.Length
            ? side
            : throw new ArgumentException($"the crop of frame {frame.Frame.Key} is no square of RGB pixels");
    }

    private static void Check(FaceModel model, ParameterStore store, int loaded)
    {
        if (store.Parameters.Skip(loaded).FirstOrDefault() is { } missing)
            throw new FmlException($"The model has no weights '{missing.Name}', which its options ask for; the file is damaged or edited.");
        var (template, options) = (model.Template, model.Options);
        var graph = store.Find(FaceBases.Names.Shape)!;
        (Node.Parameter Weights, Shape Wanted)[] sizes =
        [
            (graph, [options.ShapeCodes, 3 * options.Nodes]),
            (store.Find(FaceBases.Names.Albedo)!, [options.AlbedoCodes, 3 * template.VertexCount]),
            (store.Find(FaceBases.Names.Mean)!, [3, template.VertexCount]),
            .. store.Find(FaceBases.Names.Expression) is { } worn
                ? new (Node.Parameter, Shape)[] { (worn, [options.ShapeCodes, template.Expressions.Length]) }
                : [],
        ];
        foreach (var (weights, wanted) in sizes)
            if (!weights.Shape.Equals(wanted))
                throw new FmlException(
                    $"The model's weights '{weights.Name}' have shape {weights.Shape}, but its options ask for {wanted}; "
                    + "the file is damaged or edited.");
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (!owner) return;
        predictor.Dispose();
        store.Dispose();
    }
}
