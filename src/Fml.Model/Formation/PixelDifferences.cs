using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// How a picture without background differs from images: with a pixel's colours c (times the share a of it that is covered), a, and the
/// image's colours I, in two planes a frame <c>|c - a I|^2</c> and a. Inputs: images [F,H,W,3], u8 (0..255, read as 0..1) or of the picture's
/// type; picture [F,H,W,4]. Output [F,2,H,W]. The gradient flows to the picture; images are constant for it.
/// </summary>
public sealed record PixelDifferences : Primitive
{
    /// <summary>The differences of a picture and images.</summary>
    /// <param name="images">[F,H,W,3], u8 or of the picture's type.</param>
    /// <param name="picture">[F,H,W,4]; see <see cref="Antialias"/>.</param>
    /// <returns>[F,2,H,W].</returns>
    /// <exception cref="ShapeException">Images and picture do not fit.</exception>
    public static Node Of(Node images, Node picture) => Node.Apply.Of(new PixelDifferences(), images, picture);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (images, picture) = (inputs[0], inputs[1]);
        if (!picture.Element.IsFloat() || picture.Shape.Rank != 4 || picture.Shape[3] != InterpolateColours.Channels)
            throw Mismatch("the picture", "floating point of shape [F,H,W,4]", picture);
        if (images.Shape != picture.Shape.With(3, 3)) throw Mismatch("the images", $"of shape {picture.Shape.With(3, 3)}", images);
        if (images.Element != ElementType.U8 && images.Element != picture.Element)
            throw Mismatch("the images", $"u8 or {picture.Element.ToString().ToLowerInvariant()}", images);
        return picture with { Shape = [picture.Shape[0], 2, picture.Shape[1], picture.Shape[2]] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [null, Node.Apply.Of(new PixelDifferencesGradient(), output.Inputs[0], output.Inputs[1], adjoint)];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            (lowering.InputType(0).Element == ElementType.U8 ? DifferenceKernels.Bytes : DifferenceKernels.Floats).For(lowering.OutputType.Element),
            DifferenceSizes.Of(lowering), lowering.Input(0), lowering.Input(1), lowering.Output);
}

/// <summary>
/// The reverse of <see cref="PixelDifferences"/> for the picture. Inputs: images, picture, adjoint [F,2,H,W]. Output [F,H,W,4]. There is no
/// second derivative.
/// </summary>
public sealed record PixelDifferencesGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs) =>
        inputs[2] == new PixelDifferences().Infer(inputs[..2])
            ? inputs[1]
            : throw Mismatch("the adjoint", $"of the picture's type in two planes, for a picture {inputs[1]}", inputs[2]);

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of pixels' differences has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            (lowering.InputType(0).Element == ElementType.U8 ? DifferenceKernels.BytesGradient : DifferenceKernels.FloatsGradient)
                .For(lowering.OutputType.Element),
            DifferenceSizes.Of(lowering), lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Output);
}

/// <summary>Frames, and pixels of one.</summary>
internal readonly record struct DifferenceSizes(int Frames, int Pixels)
{
    public static DifferenceSizes Of(Lowering lowering)
    {
        var picture = lowering.InputType(1).Shape;
        return new DifferenceSizes(picture[0], picture[1] * picture[2]);
    }
}

internal static unsafe class DifferenceKernels
{
    /// <summary>Operands: images [F,H,W,3] u8, picture [F,H,W,4], y [F,2,H,W].</summary>
    public static readonly KernelFamily<DifferenceSizes> Bytes = new(
        "pixel_differences_u8", Forward<byte, float>, Forward<byte, double>, cuda: Cuda("unsigned char", "pixel_differences"));

    /// <summary>Operands: images [F,H,W,3], picture [F,H,W,4], y [F,2,H,W].</summary>
    public static readonly KernelFamily<DifferenceSizes> Floats = new(
        "pixel_differences", Forward<float, float>, Forward<double, double>, cuda: Cuda("T", "pixel_differences"));

    /// <summary>Operands: images [F,H,W,3] u8, picture [F,H,W,4], adjoint [F,2,H,W], y [F,H,W,4].</summary>
    public static readonly KernelFamily<DifferenceSizes> BytesGradient = new(
        "pixel_differences_gradient_u8", Backward<byte, float>, Backward<byte, double>, cuda: Cuda("unsigned char", "pixel_differences_gradient"));

    /// <summary>Operands: images [F,H,W,3], picture [F,H,W,4], adjoint [F,2,H,W], y [F,H,W,4].</summary>
    public static readonly KernelFamily<DifferenceSizes> FloatsGradient = new(
        "pixel_differences_gradient", Backward<float, float>, Backward<double, double>, cuda: Cuda("T", "pixel_differences_gradient"));

    private const int PerPiece = 4096;

    private static CudaBody<DifferenceSizes> Cuda(string pixel, string entry) =>
        new CudaBody<DifferenceSizes>(
            CudaSource.Embedded(typeof(DifferenceKernels).Assembly, "pixel_differences.cu"),
            (in DifferenceSizes sizes) => FrameGrid.Stages(sizes.Pixels, sizes.Frames, entry))
        .Define("PIXEL", pixel);

    private static int Pieces(int pixels) => (pixels + PerPiece - 1) / PerPiece;

    private static void Forward<TPixel, T>(in DifferenceSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Pixels), new Differ<TPixel, T>(sizes, (TPixel*)operands[0], (T*)operands[1], (T*)operands[2]));

    private static void Backward<TPixel, T>(in DifferenceSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Pixels),
            new Slope<TPixel, T>(sizes, (TPixel*)operands[0], (T*)operands[1], (T*)operands[2], (T*)operands[3]));

    private static T Scale<TPixel, T>() where T : unmanaged, IFloatingPointIeee754<T> =>
        typeof(TPixel) == typeof(byte) ? T.One / T.CreateTruncating(255) : T.One;

    private readonly struct Differ<TPixel, T>(DifferenceSizes sizes, TPixel* images, T* picture, T* result) : IWork
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first) = (piece / Pieces(sizes.Pixels), piece % Pieces(sizes.Pixels) * PerPiece);
            var scale = Scale<TPixel, T>();
            T* squared = result + 2L * frame * sizes.Pixels, covered = squared + sizes.Pixels;
            for (var i = first; i < Math.Min(sizes.Pixels, first + PerPiece); i++)
            {
                var c = picture + 4 * ((long)frame * sizes.Pixels + i);
                var image = images + 3 * ((long)frame * sizes.Pixels + i);
                var share = c[3] * scale;
                T r = c[0] - share * T.CreateTruncating(image[0]), g = c[1] - share * T.CreateTruncating(image[1]);
                var b = c[2] - share * T.CreateTruncating(image[2]);
                squared[i] = r * r + g * g + b * b;
                covered[i] = c[3];
            }
        }
    }

    private readonly struct Slope<TPixel, T>(DifferenceSizes sizes, TPixel* images, T* picture, T* adjoint, T* result) : IWork
        where TPixel : unmanaged, INumberBase<TPixel> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first) = (piece / Pieces(sizes.Pixels), piece % Pieces(sizes.Pixels) * PerPiece);
            var scale = Scale<TPixel, T>();
            T* squared = adjoint + 2L * frame * sizes.Pixels, covered = squared + sizes.Pixels;
            for (var i = first; i < Math.Min(sizes.Pixels, first + PerPiece); i++)
            {
                var c = picture + 4 * ((long)frame * sizes.Pixels + i);
                var image = images + 3 * ((long)frame * sizes.Pixels + i);
                var target = result + 4 * ((long)frame * sizes.Pixels + i);
                T r = scale * T.CreateTruncating(image[0]), g = scale * T.CreateTruncating(image[1]), b = scale * T.CreateTruncating(image[2]);
                var twice = squared[i] + squared[i];
                (target[0], target[1], target[2]) = (twice * (c[0] - c[3] * r), twice * (c[1] - c[3] * g), twice * (c[2] - c[3] * b));
                target[3] = covered[i] - (r * target[0] + g * target[1] + b * target[2]);
            }
        }
    }
}
