using System.Collections.Immutable;
using System.Numerics;
using Fml.Graph;
using Fml.Native;

namespace Fml.Model;

internal static unsafe class AntialiasKernels
{
    /// <summary>Operands: picture [F,H,W,4], points [F,2,V], pixels [F,3,H,W], edges' vertices [2E], y [F,H,W,4].</summary>
    public static readonly KernelFamily<AntialiasSizes> Soften = new(
        "antialias", Forward<float>, Forward<double>, cuda: Cuda((in AntialiasSizes sizes) => PerPixel(sizes, "antialias")));

    /// <summary>Operands: adjoint [F,H,W,4], points, pixels, edges' vertices, y [F,H,W,4].</summary>
    public static readonly KernelFamily<AntialiasSizes> PictureGradient = new(
        "antialias_picture_gradient", PictureBackward<float>, PictureBackward<double>,
        cuda: Cuda((in AntialiasSizes sizes) => PerPixel(sizes, "antialias_picture_gradient")));

    /// <summary>
    /// Operands: picture, points, pixels, edges' vertices, edge starts [V+1], edges [2E], adjoint [F,H,W,4], y [F,2,V].
    /// </summary>
    public static readonly KernelFamily<AntialiasSizes> PointsGradient = new(
        "antialias_points_gradient", PointsBackward<float>, PointsBackward<double>,
        cuda: Cuda((in AntialiasSizes sizes) => FrameGrid.Stages(sizes.Vertices, sizes.Frames, "antialias_points_gradient")));

    private const int RowsPerPiece = 32;

    private static CudaBody<AntialiasSizes> Cuda(CudaStages<AntialiasSizes> stages) =>
        new(CudaSource.Embedded(typeof(AntialiasKernels).Assembly, "antialias.cu"), stages);

    private static ImmutableArray<CudaStage> PerPixel(in AntialiasSizes sizes, string entry) =>
        FrameGrid.Stages(sizes.Pixels, sizes.Frames, entry);

    private static int Pieces(int height) => (height + RowsPerPiece - 1) / RowsPerPiece;

    private static void Forward<T>(in AntialiasSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Height),
            new Mix<T>(
                new Outlines<T>(sizes, (T*)operands[1], (int*)operands[2], (int*)operands[3]), (T*)operands[0], (T*)operands[4],
                reverse: false));

    private static void PictureBackward<T>(in AntialiasSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames * Pieces(sizes.Height),
            new Mix<T>(
                new Outlines<T>(sizes, (T*)operands[1], (int*)operands[2], (int*)operands[3]), (T*)operands[0], (T*)operands[4],
                reverse: true));

    private static void PointsBackward<T>(in AntialiasSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        workers.For(
            sizes.Frames,
            new Move<T>(
                new Outlines<T>(sizes, (T*)operands[1], (int*)operands[2], (int*)operands[3]), (T*)operands[0], (T*)operands[6],
                (T*)operands[7]));

    /// <summary>Where an outline crosses the line between the centres of two pixels.</summary>
    private readonly struct Crossing<T>(int a, int b, bool horizontal, bool insideIsFirst, T place, T share, T slope)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly int A = a, B = b;
        public readonly bool Horizontal = horizontal, InsideIsFirst = insideIsFirst;
        public readonly T Place = place; // from the first pixel's centre, unclamped
        public readonly T Share = share, Slope = slope; // where on the edge; across over along

        /// <summary>q - 1/2, from the covered pixel.</summary>
        public T Reach => T.Clamp(InsideIsFirst ? Place : T.One - Place, T.Zero, T.One) - T.CreateTruncating(0.5f);

        public bool Moves => Place > T.Zero && Place < T.One;

        /// <summary>Whether it is the first of the two pixels that changes.</summary>
        public bool FirstChanges => Reach > T.Zero != InsideIsFirst;
    }

    private readonly struct Outlines<T>(AntialiasSizes sizes, T* points, int* pixels, int* edges) where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly AntialiasSizes Sizes = sizes;

        /// <summary>Edges to the right of each pixel, and behind them those below.</summary>
        public int* Winners(int frame) => pixels + (3L * frame + 1) * Sizes.Pixels;

        public Crossing<T> At(int frame, int winner, bool horizontal, int column, int row)
        {
            int a = edges[winner & ~1], b = edges[winner | 1];
            var x = points + 2L * frame * Sizes.Vertices;
            var y = x + Sizes.Vertices;
            T* across = horizontal ? x : y, along = horizontal ? y : x;
            var (centreAcross, centreAlong) = horizontal ? (column, row) : (row, column);
            var half = T.CreateTruncating(0.5f);
            var length = along[b] - along[a];
            var inverse = length == T.Zero ? T.Zero : T.One / length;
            var share = (T.CreateTruncating(centreAlong) + half - along[a]) * inverse;
            var width = across[b] - across[a];
            var place = across[a] - (T.CreateTruncating(centreAcross) + half) + share * width;
            return new Crossing<T>(a, b, horizontal, (winner & 1) == 0, place, share, width * inverse);
        }
    }

    // Forward, a pixel that a crossing changes takes from its neighbour. In reverse, such a pixel gives of its adjoint to the neighbour.
    private readonly struct Mix<T>(Outlines<T> outlines, T* source, T* result, bool reverse) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int piece)
        {
            var sizes = outlines.Sizes;
            var (frame, first) = (piece / Pieces(sizes.Height), piece % Pieces(sizes.Height) * RowsPerPiece);
            var end = Math.Min(sizes.Height, first + RowsPerPiece);
            T* from = source + 4L * frame * sizes.Pixels, to = result + 4L * frame * sizes.Pixels;
            var (begin, length) = (4 * first * sizes.Width, 4 * (end - first) * sizes.Width);
            new Span<T>(from + begin, length).CopyTo(new Span<T>(to + begin, length));
            var right = outlines.Winners(frame);
            var below = right + sizes.Pixels;
            for (var row = first; row < end; row++)
            {
                for (var column = 0; column < sizes.Width; column++)
                {
                    var pixel = row * sizes.Width + column;
                    if (right[pixel] >= 0) Mixed(frame, right[pixel], true, column, row, pixel, pixel + 1, from, to);
                    if (column > 0 && right[pixel - 1] >= 0) Mixed(frame, right[pixel - 1], true, column - 1, row, pixel, pixel - 1, from, to);
                    if (below[pixel] >= 0) Mixed(frame, below[pixel], false, column, row, pixel, pixel + sizes.Width, from, to);
                    if (row > 0 && below[pixel - sizes.Width] >= 0)
                        Mixed(frame, below[pixel - sizes.Width], false, column, row - 1, pixel, pixel - sizes.Width, from, to);
                }
            }
        }

        // What a crossing at (column, row) does to one of its pixels, whose neighbour is the other.
        private void Mixed(int frame, int winner, bool horizontal, int column, int row, int pixel, int neighbour, T* from, T* to)
        {
            var crossing = outlines.At(frame, winner, horizontal, column, row);
            var amount = T.Abs(crossing.Reach);
            var changes = crossing.FirstChanges == pixel < neighbour;
            if (!changes && !reverse) return;
            // The one that changes loses what it gives or gains the difference to its neighbour; the other only receives.
            T* own = from + 4L * pixel, other = from + 4L * neighbour, target = to + 4L * pixel;
            for (var channel = 0; channel < 4; channel++)
            {
                var change = !reverse ? other[channel] - own[channel] : changes ? -own[channel] : other[channel];
                target[channel] += amount * change;
            }
        }
    }

    // A frame by one worker, crossing after crossing, so that sums have one order.
    private readonly struct Move<T>(Outlines<T> outlines, T* picture, T* adjoint, T* result) : IWork where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int frame)
        {
            var sizes = outlines.Sizes;
            var alongX = result + 2L * frame * sizes.Vertices;
            var alongY = alongX + sizes.Vertices;
            new Span<T>(alongX, 2 * sizes.Vertices).Clear();
            T* colours = picture + 4L * frame * sizes.Pixels, source = adjoint + 4L * frame * sizes.Pixels;
            var winners = outlines.Winners(frame);
            for (var slot = 0; slot < 2 * sizes.Pixels; slot++)
            {
                if (winners[slot] < 0) continue;
                var horizontal = slot < sizes.Pixels;
                var pixel = horizontal ? slot : slot - sizes.Pixels;
                var crossing = outlines.At(frame, winners[slot], horizontal, pixel % sizes.Width, pixel / sizes.Width);
                if (!crossing.Moves) continue;
                var neighbour = pixel + (horizontal ? 1 : sizes.Width);
                T* first = colours + 4L * pixel, second = colours + 4L * neighbour, of = source + 4L * (crossing.FirstChanges ? pixel : neighbour);
                // Towards the second pixel more of the first is seen, whichever of them is covered.
                var weight = T.Zero;
                for (var channel = 0; channel < 4; channel++) weight += of[channel] * (first[channel] - second[channel]);
                T* across = horizontal ? alongX : alongY, along = horizontal ? alongY : alongX;
                T toB = weight * crossing.Share, toA = weight - toB;
                across[crossing.A] += toA;
                across[crossing.B] += toB;
                along[crossing.A] -= toA * crossing.Slope;
                along[crossing.B] -= toB * crossing.Slope;
            }
        }
    }
}
