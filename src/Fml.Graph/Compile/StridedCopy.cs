using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>Sizes of a copy between two strided tensors of the same shape; strides and offsets count elements.</summary>
internal unsafe struct StridedCopySizes
{
    public const int MaximumRank = 8;

    /// <summary>Number of dimensions, at least 1.</summary>
    public int Rank;

    /// <summary>Bytes of an element: 1, 4 or 8.</summary>
    public int ElementSize;

    /// <summary>The axis that the source walks without a gap while the target walks the last one so; -1 if there is none, or a short
    /// one.</summary>
    public int SwappedAxis;

    /// <summary>The common dimensions.</summary>
    public fixed int Dimensions[MaximumRank];

    /// <summary>Strides of what is read.</summary>
    public fixed long SourceStrides[MaximumRank];

    /// <summary>Strides of what is written.</summary>
    public fixed long TargetStrides[MaximumRank];

    /// <summary>First element read.</summary>
    public long SourceOffset;

    /// <summary>First element written.</summary>
    public long TargetOffset;
}

/// <summary>Copies a strided tensor into a strided place: the one kernel behind materialised views, concatenation and padding.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Operands: source, target.</summary>
    public static readonly Kernel<StridedCopySizes> Kernel = new("strided_copy", Run, GraphCuda.Body<StridedCopySizes>("copy.cu", Stages));

    // A CUDA device crosses squares of this side in shared memory; axes much shorter are copied an element at a time.
    private const int Square = 32, ShortestSwapped = 8;

    /// <summary>The sizes of a copy, with dimensions merged where both sides allow.</summary>
    public static StridedCopySizes Sizes(int elementSize, Layout source, Layout target)
    {
        var merged = Collapse.Of(source.Shape, [source, target]);
        if (merged.Dimensions.Length > StridedCopySizes.MaximumRank)
            throw new ShapeException($"copy: tensors of more than {StridedCopySizes.MaximumRank} dimensions are not supported");
        var sizes = new StridedCopySizes
        {
            Rank = merged.Dimensions.Length,
            ElementSize = elementSize,
            SourceOffset = source.Offset,
            TargetOffset = target.Offset,
        };
        for (var axis = 0; axis < sizes.Rank; axis++)
        {
            sizes.Dimensions[axis] = merged.Dimensions[axis];
            sizes.SourceStrides[axis] = merged.Strides[0][axis];
            sizes.TargetStrides[axis] = merged.Strides[1][axis];
        }
        sizes.SwappedAxis = SwappedAxis(merged);
        return sizes;
    }

    private static int SwappedAxis(Collapse merged)
    {
        var last = merged.Dimensions.Length - 1;
        if (merged.Strides[1][last] != 1 || merged.Strides[0][last] is 0 or 1 || merged.Dimensions[last] < ShortestSwapped) return -1;
        var axis = Array.IndexOf(merged.Strides[0], 1L);
        return axis >= 0 && merged.Dimensions[axis] >= ShortestSwapped ? axis : -1;
    }

    private static ImmutableArray<CudaStage> Stages(in StridedCopySizes sizes)
    {
        var (last, count) = (sizes.Rank - 1, 1L);
        for (var axis = 0; axis <= last; axis++) count *= sizes.Dimensions[axis];
        if (count == 0) return [];
        if (sizes.SwappedAxis >= 0)
        {
            var (columns, rows) = (sizes.Dimensions[last], sizes.Dimensions[sizes.SwappedAxis]);
            var squares = count / columns / rows * ((columns + Square - 1) / Square) * ((rows + Square - 1) / Square);
            return [CudaStage.Over($"copy_swapped_{sizes.ElementSize}", squares * 256, 256)];
        }
        var rowsMove16 = sizes.SourceStrides[last] == 1 && sizes.TargetStrides[last] == 1 && sizes.Dimensions[last] * (long)sizes.ElementSize % 16 == 0;
        return [CudaStage.Over($"copy_{sizes.ElementSize}", rowsMove16 ? count * sizes.ElementSize / 16 : count)];
    }

    private static void Run(in StridedCopySizes sizes, ReadOnlySpan<nint> operands, Workers workers)
    {
        var rows = 1L;
        for (var axis = 0; axis < sizes.Rank - 1; axis++) rows *= sizes.Dimensions[axis];
        fixed (StridedCopySizes* pinned = &sizes)
        {
            var perPiece = Math.Max(1, (1 << 15) / Math.Max(1, sizes.Dimensions[sizes.Rank - 1]));
            var work = new Work(pinned, (byte*)operands[0], (byte*)operands[1], rows, perPiece);
            workers.For((int)((rows + perPiece - 1) / perPiece), work);
        }
    }

    private readonly struct Work(StridedCopySizes* sizes, byte* source, byte* target, long rows, long rowsPerPiece) : IWork
    {
        public void Run(int piece)
        {
            var end = Math.Min(rows, (piece + 1) * rowsPerPiece);
            for (var row = piece * rowsPerPiece; row < end; row++) CopyRow(row);
        }

        private void CopyRow(long row)
        {
            var (from, to) = (sizes->SourceOffset, sizes->TargetOffset);
            for (var axis = sizes->Rank - 2; axis >= 0; axis--)
            {
                var index = row % sizes->Dimensions[axis];
                row /= sizes->Dimensions[axis];
                from += index * sizes->SourceStrides[axis];
                to += index * sizes->TargetStrides[axis];
            }
            var (last, count) = (sizes->Rank - 1, sizes->Dimensions[sizes->Rank - 1]);
            var (sourceStride, targetStride) = (sizes->SourceStrides[last], sizes->TargetStrides[last]);
            switch (sizes->ElementSize)
            {
                case 1: Copy<byte>(from, to, count, sourceStride, targetStride); break;
                case 4: Copy<int>(from, to, count, sourceStride, targetStride); break;
                default: Copy<long>(from, to, count, sourceStride, targetStride); break;
            }
        }

        private void Copy<T>(long from, long to, int count, long sourceStride, long targetStride) where T : unmanaged
        {
            T* s = (T*)source + from, t = (T*)target + to;
            if (targetStride == 1 && sourceStride == 1) new ReadOnlySpan<T>(s, count).CopyTo(new Span<T>(t, count));
            else if (targetStride == 1 && sourceStride == 0) new Span<T>(t, count).Fill(*s);
            else for (var i = 0L; i < count; i++) t[i * targetStride] = s[i * sourceStride];
        }
    }
}

/// <summary>Fills memory with zero bytes.</summary>
internal static unsafe class Zero
{
    /// <summary>Operand: the memory.</summary>
    public static readonly Kernel<Sizes> Kernel = new("zero", Run, GraphCuda.Body(
        "copy.cu", (in Sizes sizes) => sizes.ByteCount == 0 ? [] : [CudaStage.Over("zero", sizes.ByteCount / 16)]));

    /// <summary>Number of bytes.</summary>
    public readonly record struct Sizes(long ByteCount);

    private static void Run(in Sizes sizes, ReadOnlySpan<nint> operands, Workers workers) =>
        NativeMemory.Clear((void*)operands[0], (nuint)sizes.ByteCount);
}
