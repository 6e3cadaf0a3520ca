using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// Colours of images at points, bilinear between pixel centres (which lie at +0.5), clamped to the edge. Inputs: images [F,H,W,3], u8
/// (0..255, read as 0..1) or floating point as they are; points [F,2,V] in pixels, x right, y down. Output [F,3,V]. The gradient flows to
/// the points, through the slope of the bilinear patch, and is 0 outside the outermost pixel centres; images are constant for it.
/// </summary>
public sealed record SampleImage : Primitive
{
    /// <summary>Colours of images at points.</summary>
    /// <param name="images">[F,H,W,3], u8 or of the points' type.</param>
    /// <param name="points">[F,2,V], pixels.</param>
    /// <returns>[F,3,V], in [0,1].</returns>
    /// <exception cref="ShapeException">Images and points do not fit.</exception>
    public static Node Of(Node images, Node points) => Node.Apply.Of(new SampleImage(), images, points);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (images, points) = (inputs[0], inputs[1]);
        if (images.Shape.Rank != 4 || images.Shape[3] != 3 || images.Shape[1] < 1 || images.Shape[2] < 1)
            throw Mismatch("the images", "of shape [F,H,W,3]", images);
        if (!points.Element.IsFloat() || points.Shape.Rank != 3 || points.Shape[0] != images.Shape[0] || points.Shape[1] != 2)
            throw Mismatch("the points", $"floating point of shape [{images.Shape[0]},2,V]", points);
        if (images.Element != ElementType.U8 && images.Element != points.Element)
            throw Mismatch("the images", $"u8 or {points.Element.ToString().ToLowerInvariant()}", images);
        return points with { Shape = points.Shape.With(1, 3) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [null, Node.Apply.Of(new SampleImageGradient(), output.Inputs[0], output.Inputs[1], adjoint)];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            (lowering.InputType(0).Element == ElementType.U8 ? SampleKernels.Bytes : SampleKernels.Floats).For(lowering.OutputType.Element),
            SampleSizes.Of(lowering.InputType(0).Shape, lowering.OutputType.Shape),
            lowering.Input(0), lowering.Input(1), lowering.Output);
}

/// <summary>
/// The reverse of <see cref="SampleImage"/> for the points. Inputs: images, points, adjoint [F,3,V]. Output [F,2,V]. There is no second
/// derivative.
/// </summary>
public sealed record SampleImageGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[2] == inputs[1] with { Shape = inputs[1].Shape.With(1, 3) }
            ? inputs[1]
            : throw Mismatch("the adjoint", $"of the points' type with three channels, for points {inputs[1]}", inputs[2]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of a sampled image has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            (lowering.InputType(0).Element == ElementType.U8 ? SampleKernels.BytesGradient : SampleKernels.FloatsGradient)
                .For(lowering.OutputType.Element),
            SampleSizes.Of(lowering.InputType(0).Shape, lowering.OutputType.Shape),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Output);
}

/// <summary>Frames, size of the images, points a frame.</summary>
internal readonly record struct SampleSizes(int Frames, int Height, int Width, int Points)
{
    public static SampleSizes Of(Shape images, Shape points) => new(images[0], images[1], images[2], points[2]);
}

internal static unsafe class SampleKernels
{
    /// <summary>Operands: images [F,H,W,3] u8, points [F,2,V], y [F,3,V].</summary>
    public static readonly KernelFamily<SampleSizes> Bytes = new(
        "sample_image_u8", Forward<byte, float>, Forward<byte, double>, cuda: Cuda("unsigned char", "sample_image"));

    /// <summary>Operands: images [F,H,W,3], points [F,2,V], y [F,3,V].</summary>
    public static readonly KernelFamily<SampleSizes> Floats = new(
        "sample_image", Forward<float, float>, Forward<double, double>, cuda: Cuda("T", "sample_image"));

    /// <summary>Operands: images [F,H,W,3] u8, points [F,2,V], adjoint [F,3,V], y [F,2,V].</summary>
    public static readonly KernelFamily<SampleSizes> BytesGradient = new(
        "sample_image_gradient_u8", Backward<byte, float>, Backward<byte, double>, cuda: Cuda("unsigned char", "sample_image_gradient"));

    /// <summary>Operands: images [F,H,W,3], points [F,2,V], adjoint [F,3,V], y [F,2,V].</summary>
    public static readonly KernelFamily<SampleSizes> FloatsGradient = new(
        "sample_image_gradient", Backward<float, float>, Backward<double, double>, cuda: Cuda("T", "sample_image_gradient"));

    private const int PerPiece = 4096;

    private static CudaBody<SampleSizes> Cuda(string pixel, string entry) =>
        new CudaBody<SampleSizes>(
            CudaSource.Embedded(typeof(SampleKernels).Assembly, "sample_image.cu"),
            (in SampleSizes sizes) => FrameGrid.Stages(sizes.Points, sizes.Frames, entry))
        .Define("PIXEL", pixel);

    private static int Pieces(int points) => (points + PerPiece - 1) / PerPiece;

    private static void Forward<TPixel, T>(in SampleSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Points), new Sample<TPixel, T>(sizes, (TPixel*)operands[0], (T*)operands[1], (T*)operands[2]));

    private static void Backward<TPixel, T>(in SampleSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Points),
            new Slope<TPixel, T>(sizes, (TPixel*)operands[0], (T*)operands[1], (T*)operands[2], (T*)operands[3]));

    /// <summary>
    /// Where a coordinate lies between pixel centres: the one before, the step to the one after, the fraction, and whether it was
    /// clamped.
    /// </summary>
    private readonly struct Place<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly int Before, Step;
        public readonly T Fraction;
        public readonly bool Inside;

        public Place(T coordinate, int size)
        {
            var p = coordinate - T.CreateTruncating(0.5f);
            var last = T.CreateTruncating(size - 1);
            Inside = p >= T.Zero && p <= last; // false for NaN
            p = Inside ? p : p > last ? last : T.Zero;
            Before = Math.Min(int.CreateTruncating(p), Math.Max(size - 2, 0));
            Step = size > 1 ? 1 : 0;
            Fraction = p - T.CreateTruncating(Before);
        }
    }

    private static T Scale<TPixel, T>() where T : unmanaged, IFloatingPointIeee754<T> =>
        typeof(TPixel) == typeof(byte) ? T.One / T.CreateTruncating(255) : T.One;

    private readonly struct Sample<TPixel, T>(SampleSizes sizes, TPixel* images, T* points, T* colours) : IWork
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first) = (piece / Pieces(sizes.Points), piece % Pieces(sizes.Points) * PerPiece);
            var image = images + (long)frame * sizes.Height * sizes.Width * 3;
            var x = points + 2L * frame * sizes.Points;
            var target = colours + 3L * frame * sizes.Points;
            var scale = Scale<TPixel, T>();
            for (var i = first; i < Math.Min(sizes.Points, first + PerPiece); i++)
            {
                var (column, row) = (new Place<T>(x[i], sizes.Width), new Place<T>(x[i + sizes.Points], sizes.Height));
                var p = image + 3L * ((long)row.Before * sizes.Width + column.Before);
                long right = 3 * column.Step, down = 3L * row.Step * sizes.Width;
                for (var c = 0; c < 3; c++)
                {
                    T a = T.CreateTruncating(p[c]), b = T.CreateTruncating(p[c + right]);
                    T d = T.CreateTruncating(p[c + down]), e = T.CreateTruncating(p[c + down + right]);
                    T top = a + column.Fraction * (b - a), bottom = d + column.Fraction * (e - d);
                    target[i + (long)c * sizes.Points] = scale * (top + row.Fraction * (bottom - top));
                }
            }
        }
    }

    private readonly struct Slope<TPixel, T>(SampleSizes sizes, TPixel* images, T* points, T* adjoint, T* result) : IWork
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first) = (piece / Pieces(sizes.Points), piece % Pieces(sizes.Points) * PerPiece);
            var image = images + (long)frame * sizes.Height * sizes.Width * 3;
            var x = points + 2L * frame * sizes.Points;
            var source = adjoint + 3L * frame * sizes.Points;
            var target = result + 2L * frame * sizes.Points;
            var scale = Scale<TPixel, T>();
            for (var i = first; i < Math.Min(sizes.Points, first + PerPiece); i++)
            {
                var (column, row) = (new Place<T>(x[i], sizes.Width), new Place<T>(x[i + sizes.Points], sizes.Height));
                var p = image + 3L * ((long)row.Before * sizes.Width + column.Before);
                long right = 3 * column.Step, down = 3L * row.Step * sizes.Width;
                T alongX = T.Zero, alongY = T.Zero;
                for (var c = 0; c < 3; c++)
                {
                    T a = T.CreateTruncating(p[c]), b = T.CreateTruncating(p[c + right]);
                    T d = T.CreateTruncating(p[c + down]), e = T.CreateTruncating(p[c + down + right]);
                    var weight = scale * source[i + (long)c * sizes.Points];
                    alongX += weight * (b - a + row.Fraction * (e - d - (b - a)));
                    alongY += weight * (d - a + column.Fraction * (e - b - (d - a)));
                }
                target[i] = column.Inside ? alongX : T.Zero;
                target[i + sizes.Points] = row.Inside ? alongY : T.Zero;
            }
        }
    }
}
