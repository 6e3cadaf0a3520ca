using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

/// <summary>
/// A picture of a mesh whose vertices have colours: at each pixel's centre P the nearest triangle's colours, linear over the triangle in the
/// image, <c>c = c_a + w_b (c_b - c_a) + w_c (c_c - c_a)</c>, and a fourth channel that is 1 where there is a triangle; all four are 0 where
/// there is none. Inputs: image points [F,2,V] (pixels), colours [F,3,V], pixels [F,3,H,W] of <see cref="RasterizeMesh"/>, then the three
/// constants of <see cref="MeshConstants"/>. Output [F,H,W,4]. The gradient flows to the colours and, through the weights, to the points.
/// <para> Linear in the image, not in space: over a triangle of some millimetres at a metre both differ by a few thousandths of the
/// difference between its colours, and the weights then depend on the image points alone. With twice the triangle's area
/// <c>S = (B - A) x (C - A)</c> they are <c>w_b = (P - A) x (C - A) S / (S^2 + s^2)</c> and <c>w_c = (B - A) x (P - A) S / (S^2 + s^2)</c>, where
/// s (<see cref="LeastArea"/>) bounds the slope over slivers that are seen edge on.
/// </para>
/// </summary>
public sealed record InterpolateColours : Primitive
{
    /// <summary><c>s</c>: twice the area, in pixels, below which a triangle's slope is flattened.</summary>
    public const double LeastArea = 0.02;

    /// <summary>Channels of a picture: three colours, and how much of the pixel is covered.</summary>
    internal const int Channels = 4;

    /// <summary>The picture of a mesh.</summary>
    /// <param name="points">[F,2,V], pixels.</param>
    /// <param name="colours">[F,3,V].</param>
    /// <param name="pixels">[F,3,H,W], of the same mesh where its points are.</param>
    /// <param name="mesh">The triangles.</param>
    /// <returns>[F,H,W,4].</returns>
    /// <exception cref="ShapeException">The arguments do not fit.</exception>
    public static Node Of(Node points, Node colours, Node pixels, MeshConstants mesh) =>
        Node.Apply.Of(new InterpolateColours(), points, colours, pixels, mesh.Triangles, mesh.CornerStart, mesh.Corner);

    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (points, colours, pixels) = (inputs[0], inputs[1], inputs[2]);
        if (!points.Element.IsFloat() || points.Shape.Rank != 3 || points.Shape[1] != 2)
            throw Mismatch("the points", "floating point of shape [F,2,V]", points);
        if (colours != points with { Shape = points.Shape.With(1, 3) }) throw Mismatch("the colours", $"of the type of {points} with three channels", colours);
        if (pixels.Element != ElementType.I32 || pixels.Shape.Rank != 4 || pixels.Shape[0] != points.Shape[0] || pixels.Shape[1] != 3)
            throw Mismatch("the pixels", $"i32 of shape [{points.Shape[0]},3,H,W]", pixels);
        return points with { Shape = [points.Shape[0], pixels.Shape[2], pixels.Shape[3], Channels] };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint)
    {
        var x = output.Inputs;
        var both = Node.Apply.Of(new InterpolateColoursGradient(), [.. x, adjoint]);
        return [Ops.Slice(both, 1, 3, 2), Ops.Slice(both, 1, 0, 3), null, null, null, null];
    }

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            InterpolationKernels.Colours.For(lowering.OutputType.Element), InterpolationSizes.Of(lowering),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Output);
}

/// <summary>
/// The reverse of <see cref="InterpolateColours"/>. Inputs: its inputs, then the adjoint [F,H,W,4], whose fourth channel is not read. Output
/// [F,5,V]: the adjoints of the colours, then those of the points. There is no second derivative.
/// </summary>
public sealed record InterpolateColoursGradient : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (points, pixels, adjoint) = (inputs[0], inputs[2].Shape, inputs[6]);
        return adjoint == points with { Shape = [points.Shape[0], pixels[2], pixels[3], InterpolateColours.Channels] }
            ? points with { Shape = points.Shape.With(1, 5) }
            : throw Mismatch("the adjoint", $"of the points' type and shape [{points.Shape[0]},{pixels[2]},{pixels[3]},4]", adjoint);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        throw new NotSupportedException("the gradient of an interpolated picture has no derivative itself");

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            InterpolationKernels.Gradient.For(lowering.OutputType.Element), InterpolationSizes.Of(lowering),
            lowering.Input(0), lowering.Input(1), lowering.Input(2), lowering.Input(3), lowering.Input(4), lowering.Input(5),
            lowering.Input(6), lowering.Output);
}

/// <summary>Frames, vertices of the mesh, size of the picture.</summary>
internal readonly record struct InterpolationSizes(int Frames, int Vertices, int Height, int Width)
{
    public int Pixels => Height * Width;

    public static InterpolationSizes Of(Lowering lowering)
    {
        var (points, pixels) = (lowering.InputType(0).Shape, lowering.InputType(2).Shape);
        return new InterpolationSizes(points[0], points[2], pixels[2], pixels[3]);
    }
}

internal static unsafe class InterpolationKernels
{
    /// <summary>Operands: points [F,2,V], colours [F,3,V], pixels [F,3,H,W], triangles [3T], y [F,H,W,4].</summary>
    public static readonly KernelFamily<InterpolationSizes> Colours = new(
        "interpolate_colours", Forward<float>, Forward<double>,
        cuda: Cuda((in InterpolationSizes sizes) => FrameGrid.Stages(sizes.Pixels, sizes.Frames, "interpolate_colours")));

    /// <summary>
    /// Operands: points, colours, pixels, triangles, corner starts [V+1], corners [3T], adjoint [F,H,W,4], y [F,5,V].
    /// </summary>
    public static readonly KernelFamily<InterpolationSizes> Gradient = new(
        "interpolate_colours_gradient", Backward<float>, Backward<double>,
        cuda: Cuda((in InterpolationSizes sizes) => FrameGrid.Stages(sizes.Vertices, sizes.Frames, "interpolate_colours_gradient")));

    private const int RowsPerPiece = 32;

    private static CudaBody<InterpolationSizes> Cuda(CudaStages<InterpolationSizes> stages) =>
        new CudaBody<InterpolationSizes>(CudaSource.Embedded(typeof(InterpolationKernels).Assembly, "interpolate.cu"), stages)
            .Define("LEAST_AREA", FormattableString.Invariant($"{InterpolateColours.LeastArea:R}"));

    private static int Pieces(int height) => (height + RowsPerPiece - 1) / RowsPerPiece;

    private static void Forward<T>(in InterpolationSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Height),
            new Draw<T>(sizes, (T*)operands[0], (T*)operands[1], (int*)operands[2], (int*)operands[3], (T*)operands[4]));

    private static void Backward<T>(in InterpolationSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames,
            new Reverse<T>(
                sizes, (T*)operands[0], (T*)operands[1], (int*)operands[2], (int*)operands[3], (T*)operands[6], (T*)operands[7]));

    /// <summary>A pixel's centre and a triangle, both from the triangle's first corner, and what the weights are made of.</summary>
    private readonly struct Place<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly T Bx, By, Cx, Cy, Px, Py; // B - A, C - A, P - A
        public readonly T B, C; // (P - A) x (C - A), (B - A) x (P - A)
        public readonly T Area, Inverse, Damping; // S, S / (S^2 + s^2), 1 / (S^2 + s^2)

        public Place(T* x, T* y, int a, int b, int c, int column, int row)
        {
            var half = T.CreateTruncating(0.5f);
            T ax = x[a], ay = y[a];
            (Bx, By, Cx, Cy) = (x[b] - ax, y[b] - ay, x[c] - ax, y[c] - ay);
            (Px, Py) = (T.CreateTruncating(column) + half - ax, T.CreateTruncating(row) + half - ay);
            (B, C) = (Px * Cy - Cx * Py, Bx * Py - Px * By);
            Area = Bx * Cy - Cx * By;
            var least = T.CreateTruncating(InterpolateColours.LeastArea);
            Damping = T.One / (Area * Area + least * least);
            Inverse = Area * Damping;
        }
    }

    private readonly struct Draw<T>(InterpolationSizes sizes, T* points, T* colours, int* pixels, int* triangles, T* picture) : IWork
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var (frame, first) = (piece / Pieces(sizes.Height), piece % Pieces(sizes.Height) * RowsPerPiece);
            T* x = points + 2L * frame * sizes.Vertices, y = x + sizes.Vertices;
            T* red = colours + 3L * frame * sizes.Vertices, green = red + sizes.Vertices, blue = green + sizes.Vertices;
            for (var row = first; row < Math.Min(sizes.Height, first + RowsPerPiece); row++)
            {
                var shown = pixels + 3L * frame * sizes.Pixels + row * sizes.Width;
                var target = picture + 4L * ((long)frame * sizes.Pixels + row * sizes.Width);
                for (var column = 0; column < sizes.Width; column++, target += 4)
                {
                    if (shown[column] < 0)
                    {
                        (target[0], target[1], target[2], target[3]) = (T.Zero, T.Zero, T.Zero, T.Zero);
                        continue;
                    }
                    var corner = triangles + 3L * shown[column];
                    int a = corner[0], b = corner[1], c = corner[2];
                    var place = new Place<T>(x, y, a, b, c, column, row);
                    T weightB = place.B * place.Inverse, weightC = place.C * place.Inverse;
                    target[0] = red[a] + weightB * (red[b] - red[a]) + weightC * (red[c] - red[a]);
                    target[1] = green[a] + weightB * (green[b] - green[a]) + weightC * (green[c] - green[a]);
                    target[2] = blue[a] + weightB * (blue[b] - blue[a]) + weightC * (blue[c] - blue[a]);
                    target[3] = T.One;
                }
            }
        }
    }

    // A frame by one worker, pixel after pixel, so that sums have one order.
    private readonly struct Reverse<T>(
        InterpolationSizes sizes, T* points, T* colours, int* pixels, int* triangles, T* adjoint, T* result) : IWork
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int frame)
        {
            var count = sizes.Vertices;
            T* x = points + 2L * frame * count, y = x + count, colour = colours + 3L * frame * count, target = result + 5L * frame * count;
            T* alongX = target + 3L * count, alongY = alongX + count;
            new Span<T>(target, 5 * count).Clear();
            var shown = pixels + 3L * frame * sizes.Pixels;
            var source = adjoint + 4L * frame * sizes.Pixels;
            for (var row = 0; row < sizes.Height; row++)
            {
                for (var column = 0; column < sizes.Width; column++, shown++, source += 4)
                {
                    if (*shown < 0) continue;
                    var corner = triangles + 3L * *shown;
                    int a = corner[0], b = corner[1], c = corner[2];
                    var place = new Place<T>(x, y, a, b, c, column, row);
                    T weightB = place.B * place.Inverse, weightC = place.C * place.Inverse, weightA = T.One - weightB - weightC;
                    T slopeB = T.Zero, slopeC = T.Zero; // adjoints of the weights
                    for (var channel = 0; channel < 3; channel++)
                    {
                        var value = colour + (long)channel * count;
                        var sum = target + (long)channel * count;
                        sum[a] += weightA * source[channel];
                        sum[b] += weightB * source[channel];
                        sum[c] += weightC * source[channel];
                        slopeB += source[channel] * (value[b] - value[a]);
                        slopeC += source[channel] * (value[c] - value[a]);
                    }
                    // Adjoints of the area and of the cross products, then of B - A, C - A and P - A.
                    var area = (slopeB * place.B + slopeC * place.C) * (place.Damping - (place.Inverse + place.Inverse) * place.Inverse);
                    T crossB = slopeB * place.Inverse, crossC = slopeC * place.Inverse;
                    T bx = area * place.Cy + crossC * place.Py, by = -area * place.Cx - crossC * place.Px;
                    T cx = -area * place.By - crossB * place.Py, cy = area * place.Bx + crossB * place.Px;
                    T px = crossB * place.Cy - crossC * place.By, py = crossC * place.Bx - crossB * place.Cx;
                    alongX[a] -= bx + cx + px;
                    alongY[a] -= by + cy + py;
                    alongX[b] += bx;
                    alongY[b] += by;
                    alongX[c] += cx;
                    alongY[c] += cy;
                }
            }
        }
    }
}
