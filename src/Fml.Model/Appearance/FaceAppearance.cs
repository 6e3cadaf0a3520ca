using Fml.Graph;
using Fml.Native;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Fml.Model;

/// <summary>
/// Light of frames and albedo codes of their person, solved for where the network holds the face (<see cref="PersonAppearance"/>): pictures
/// determine light far better than a network tells it. The scale that light and albedo share is that of the usual light.
/// </summary>
internal sealed class FaceAppearance : IDisposable
{
    private const int Chunk = 4;

    // Frames that tell the albedo: more would take memory and say nothing new.
    private const int TellingFrames = 32;

    // What the network's albedo codes weigh, in frames that show everything.
    private const double Prior = 0.3;

    // Vertices that must be seen in all frames together.
    private const double LeastSeen = 50;

    // Mean colour of a frame that tells nothing.
    private const double Darkest = 2.0 / 255;

    private readonly ParameterStore store;
    private readonly FaceBases bases;
    private readonly Node.Input images, intrinsics, raw, codes, weights, offset;
    private readonly Node gram, right, lengths, ofCodes;
    private readonly SeenColours seen;
    private readonly GraphProgram look, projection, colouring;

    /// <summary>Compiles.</summary>
    public FaceAppearance(ParameterStore store, FaceBases bases, int imageSize)
    {
        (this.store, this.bases) = (store, bases);
        var (template, sizes) = (bases.Template, bases.Sizes);
        images = Ops.Input("images", [Chunk, imageSize, imageSize, 3], ElementType.U8);
        intrinsics = Ops.Input("intrinsics", [Chunk, 3]);
        raw = Ops.Input("raw", [Chunk, FrameParameters.Count(template.Expressions.Length)]);
        codes = Ops.Input("codes", [1, sizes.Total]);
        var geometry = FaceGeometry.Whole(template, bases.Graph);
        var shape = Ops.Slice(codes, 1, 0, sizes.Shape);
        var frame = bases.Worn(FrameParameters.Of(raw, intrinsics, template, imageSize), shape);
        var face = geometry.Pose(bases.Displacement(shape), frame, intrinsics);
        seen = SeenColours.Of(face, images, intrinsics, geometry.Constants.Mesh);
        look = GraphProgram.Compile(store, [seen.Colours, seen.Normals, seen.Weights]);

        // Of the codes c with the least sum of w (B c - offset)^2.
        (weights, offset) = (Ops.Input("weights", [1, 3 * template.VertexCount]), Ops.Input("offset", [1, 3 * template.VertexCount]));
        var weighted = bases.AlbedoBasis * weights;
        gram = Ops.MatMul(weighted, bases.AlbedoBasis, transposeB: true);
        right = Ops.MatMul(weighted, offset, transposeB: true);
        lengths = Ops.Sum(Ops.Square(bases.AlbedoBasis), [1]);
        projection = GraphProgram.Compile(store, [gram, right, lengths]);

        ofCodes = bases.Albedo(Ops.Slice(codes, 1, sizes.Shape, sizes.Albedo)).Albedo;
        colouring = GraphProgram.Compile(store, [ofCodes]);
    }

    /// <summary>A frame as the network saw it.</summary>
    /// <param name="Rgb">[W*W*3] bytes.</param>
    /// <param name="Camera">Camera of the crop.</param>
    /// <param name="Found">What the network made of it.</param>
    public readonly record struct Frame(byte[] Rgb, Intrinsics Camera, FacePredictor.Frame Found);

    /// <summary>Solves for a person's albedo codes and for the frames' lights; the rest stays. A face that is hardly seen keeps all.</summary>
    /// <param name="frames">At least one.</param>
    /// <param name="person">The person's codes as the network told them, [Q].</param>
    public (float[] Codes, FacePredictor.Frame[] Frames) Solve(IReadOnlyList<Frame> frames, float[] person)
    {
        FacePredictor.Frame[] found = [.. frames.Select(frame => frame.Found)];
        var count = Math.Min(frames.Count, TellingFrames);
        int[] telling = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * frames.Count / count))];
        var shown = Look([.. telling.Select(i => frames[i])], person);
        if (shown.Sum(frame => frame.Weights.Sum()) < LeastSeen || shown.All(IsDark)) return (person, found);

        var mean = Planes(store.Get<float>(bases.MeanAlbedo));
        double[] usualLight = [.. store.Get<float>(bases.UsualLight).Select(x => (double)x)];
        var solved = PersonAppearance.Solve(shown, mean, usualLight);
        float[] result = [.. person];
        Codes(Certainty(shown), solved.Albedo, mean, person.AsSpan(bases.Sizes.Shape, bases.Sizes.Albedo)).CopyTo(result, bases.Sizes.Shape);

        // Under these lights the codes' own albedo, which is not quite the one that was solved for, looks most like the pictures.
        var albedo = Albedo(result);
        for (var f = 0; f < shown.Length; f++)
            found[telling[f]] = Lit(found[telling[f]], PersonAppearance.Light(shown[f], solved.Weights[f], albedo, usualLight));
        foreach (var rest in Enumerable.Range(0, frames.Count).Except(telling).Chunk(Chunk))
            foreach (var (i, colours) in rest.Zip(Look([.. rest.Select(i => frames[i])], person)))
                found[i] = Lit(found[i], PersonAppearance.Light(colours, albedo, usualLight));
        return (result, found);
    }

    private static FacePredictor.Frame Lit(FacePredictor.Frame frame, double[] light) => frame with
    {
        Light = [.. light.Select(x => (float)x)],
        Raw = [.. frame.Raw.AsSpan(..^FrameParameters.LightCount), .. FrameParameters.RawLight(light)],
    };

    private FrameColours[] Look(Frame[] frames, float[] person)
    {
        look.Set<float>(codes, person);
        var result = new List<FrameColours>();
        foreach (var some in frames.Chunk(Chunk))
        {
            Frame[] filled = [.. Enumerable.Range(0, Chunk).Select(i => some[Math.Min(i, some.Length - 1)])];
            look.Set<byte>(images, [.. filled.SelectMany(frame => frame.Rgb)]);
            look.Set<float>(intrinsics, [.. filled.SelectMany(frame => new[] { frame.Camera.Focal, frame.Camera.CenterX, frame.Camera.CenterY })]);
            look.Set<float>(raw, [.. filled.SelectMany(frame => frame.Found.Raw)]);
            look.Run();
            result.AddRange(seen.Read(look, some.Length));
        }
        return [.. result];
    }

    // How well each vertex' albedo is known, 0 to 1: all of it in a frame that shows it from the front.
    private double[] Certainty(FrameColours[] shown)
    {
        var certainty = new double[bases.Template.VertexCount];
        foreach (var frame in shown)
            for (var i = 0; i < frame.Vertices.Length; i++)
                certainty[frame.Vertices[i]] = Math.Max(certainty[frame.Vertices[i]], frame.Weights[i]);
        return certainty;
    }

    private float[] Codes(double[] certainty, double[][] albedo, double[][] mean, ReadOnlySpan<float> told)
    {
        projection.Set<float>(weights, [.. Enumerable.Range(0, 3).SelectMany(_ => certainty.Select(x => (float)x))]);
        projection.Set<float>(offset, [.. albedo.Zip(mean).SelectMany(pair => pair.First.Zip(pair.Second, (a, m) => (float)(a - m)))]);
        projection.Run();
        var (products, sums, squares) = (projection.Get<float>(gram), projection.Get<float>(right), projection.Get<float>(lengths));
        var count = squares.Length;
        var matrix = DenseMatrix.Create(count, count, (i, j) => 0.5 * ((double)products[i * count + j] + products[j * count + i]));
        var vector = DenseVector.Create(count, i => sums[i]);
        var least = 1e-9 * Math.Max(1e-30, squares.Max());
        for (var i = 0; i < count; i++)
        {
            var pull = Prior * squares[i] + least; // a direction of length 0 keeps its code
            matrix[i, i] += pull;
            vector[i] += pull * told[i];
        }
        return [.. matrix.Cholesky().Solve(vector).Select(x => (float)x)];
    }

    private double[][] Albedo(float[] person)
    {
        if (colouring.Reads(codes)) colouring.Set<float>(codes, person);
        colouring.Run();
        return Planes(colouring.Get<float>(ofCodes));
    }

    private double[][] Planes(float[] values) => [.. values.Select(x => (double)x).Chunk(bases.Template.VertexCount)];

    private static bool IsDark(FrameColours frame) => frame.Colours.All(plane => plane.Average() < Darkest);

    /// <summary>Frees the programs.</summary>
    public void Dispose()
    {
        look.Dispose();
        projection.Dispose();
        colouring.Dispose();
    }
}
