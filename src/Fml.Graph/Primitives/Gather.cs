using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Picks by index along one axis: with x seen as <c>[batch, middle, axis, inner]</c> and indices <c>[batch, n]</c>,
/// <c>y[b, m, j, i] = x[b, m, index[b, j], i]</c>. An index outside the axis gives 0.
/// </summary>
/// <param name="Axis">The axis of x that indices point into.</param>
/// <param name="BatchAxes">How many leading axes x and the indices share; 0 uses the same indices everywhere.</param>
public sealed record Gather(int Axis, int BatchAxes = 0) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (x, index) = (inputs[0], inputs[1]);
        if (index.Element != ElementType.I32) throw Mismatch("the index", "i32", index);
        if (Axis < BatchAxes || Axis >= x.Shape.Rank) throw Mismatch("the axis", $"an axis of {x.Shape} behind the {BatchAxes} shared ones", Axis);
        if (index.Shape.Rank != BatchAxes + 1 || !index.Shape.Take(BatchAxes).SequenceEqual(x.Shape.Take(BatchAxes)))
            throw Mismatch("the index", $"of the {BatchAxes} leading axes of {x.Shape} and one more", index);
        return x with { Shape = x.Shape.With(Axis, index.Shape[BatchAxes]) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Ops.ScatterAdd(adjoint, output.Inputs[1], Axis, output.Inputs[0].Shape[Axis], BatchAxes), null];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            GatherKernels.Gather.For(lowering.OutputType.Element),
            GatherSizes.Of(lowering.InputType(0).Shape, lowering.OutputType.Shape, Axis, BatchAxes),
            lowering.Input(0), lowering.Input(1), lowering.Output);
}

/// <summary>
/// Adds by index along one axis, the adjoint of <see cref="Gather"/>: <c>y[b, m, index[b, j], i] += x[b, m, j, i]</c> onto zeros, in
/// ascending j. An index outside the axis adds nothing.
/// </summary>
/// <param name="Axis">The axis that indices point into.</param>
/// <param name="Size">Size of that axis in the output.</param>
/// <param name="BatchAxes">How many leading axes x and the indices share.</param>
public sealed record ScatterAdd(int Axis, int Size, int BatchAxes = 0) : Primitive
{
    /// <inheritdoc/>
    public override TensorType Infer(ImmutableArray<TensorType> inputs)
    {
        var (x, index) = (inputs[0], inputs[1]);
        if (!x.Element.IsFloat()) throw Mismatch("the input", "floating point", x);
        if (index.Element != ElementType.I32) throw Mismatch("the index", "i32", index);
        if (Axis < BatchAxes || Axis >= x.Shape.Rank) throw Mismatch("the axis", $"an axis of {x.Shape} behind the {BatchAxes} shared ones", Axis);
        if (!index.Shape.SequenceEqual(x.Shape.Take(BatchAxes).Append(x.Shape[Axis])))
            throw Mismatch("the index", $"one for each of the {x.Shape[Axis]} elements of axis {Axis}", index);
        return x with { Shape = x.Shape.With(Axis, Size) };
    }

    /// <inheritdoc/>
    public override ImmutableArray<Node?> Gradient(Node.Apply output, Node adjoint) =>
        [Ops.Gather(adjoint, output.Inputs[1], Axis, BatchAxes), null];

    /// <inheritdoc/>
    public override void Lower(Lowering lowering) =>
        lowering.Run(
            GatherKernels.ScatterAdd.For(lowering.OutputType.Element),
            GatherSizes.Of(lowering.OutputType.Shape, lowering.InputType(0).Shape, Axis, BatchAxes),
            lowering.Input(0), lowering.Input(1), lowering.Output);
}

/// <summary>Sizes of a gather or scatter: the large tensor is [Batch, Middle, Length, Inner], the small one [Batch, Middle, Count,
/// Inner].</summary>
internal readonly record struct GatherSizes(int Batch, int Middle, int Length, int Count, int Inner)
{
    public static GatherSizes Of(Shape large, Shape small, int axis, int batchAxes)
    {
        int Product(IEnumerable<int> sizes) => sizes.Aggregate(1, (a, b) => checked(a * b));
        return new GatherSizes(
            Product(large.Take(batchAxes)), Product(large.Skip(batchAxes).Take(axis - batchAxes)),
            large[axis], small[axis], Product(large.Skip(axis + 1)));
    }
}

internal static unsafe class GatherKernels
{
    /// <summary>Operands: x [Batch,Middle,Length,Inner], index [Batch,Count], y [Batch,Middle,Count,Inner].</summary>
    public static readonly KernelFamily<GatherSizes> Gather = new(
        "gather", Pick<float>, Pick<double>, Pick<int>, GraphCuda.Body<GatherSizes>("gather.cu", GatherStages));

    /// <summary>Operands: x [Batch,Middle,Count,Inner], index [Batch,Count], y [Batch,Middle,Length,Inner].</summary>
    public static readonly KernelFamily<GatherSizes> ScatterAdd = new(
        "scatter_add", Add<float>, Add<double>, cuda: GraphCuda.Body<GatherSizes>("gather.cu", ScatterStages));

    private const int ScatterTile = 2048, ScatterThreads = 256; // as in gather.cu

    private static ImmutableArray<CudaStage> GatherStages(in GatherSizes sizes)
    {
        var units = (long)sizes.Batch * sizes.Middle * sizes.Count * (sizes.Inner % 4 == 0 ? sizes.Inner / 4 : sizes.Inner);
        return units == 0 ? [] : [CudaStage.Over("gather", units)];
    }

    private static ImmutableArray<CudaStage> ScatterStages(in GatherSizes sizes)
    {
        var tiles = ((long)sizes.Length * sizes.Inner + ScatterTile - 1) / ScatterTile * sizes.Batch * sizes.Middle;
        return tiles == 0 ? [] : [CudaStage.Over("scatter_add", tiles * ScatterThreads, ScatterThreads)];
    }

    private static void Pick<T>(in GatherSizes sizes, ReadOnlySpan<nint> operands, Workers workers) where T : unmanaged =>
        workers.For(sizes.Batch * sizes.Middle, new GatherWork<T>(sizes, (T*)operands[0], (int*)operands[1], (T*)operands[2]));

    private static void Add<T>(in GatherSizes sizes, ReadOnlySpan<nint> operands, Workers workers)
        where T : unmanaged, System.Numerics.INumber<T> =>
        workers.For(sizes.Batch * sizes.Middle, new ScatterWork<T>(sizes, (T*)operands[0], (int*)operands[1], (T*)operands[2]));

    private readonly struct GatherWork<T>(GatherSizes sizes, T* x, int* index, T* y) : IWork where T : unmanaged
    {
        public void Run(int piece)
        {
            var source = x + (long)piece * sizes.Length * sizes.Inner;
            var target = y + (long)piece * sizes.Count * sizes.Inner;
            var indices = index + (long)(piece / sizes.Middle) * sizes.Count;
            for (var j = 0; j < sizes.Count; j++)
            {
                var from = indices[j];
                var row = new Span<T>(target + (long)j * sizes.Inner, sizes.Inner);
                if ((uint)from >= (uint)sizes.Length) row.Clear();
                else if (sizes.Inner == 1) row[0] = source[from];
                else new ReadOnlySpan<T>(source + (long)from * sizes.Inner, sizes.Inner).CopyTo(row);
            }
        }
    }

    private readonly struct ScatterWork<T>(GatherSizes sizes, T* x, int* index, T* y) : IWork where T : unmanaged, System.Numerics.INumber<T>
    {
        public void Run(int piece)
        {
            var source = x + (long)piece * sizes.Count * sizes.Inner;
            var target = y + (long)piece * sizes.Length * sizes.Inner;
            var indices = index + (long)(piece / sizes.Middle) * sizes.Count;
            System.Runtime.InteropServices.NativeMemory.Clear(target, (nuint)((long)sizes.Length * sizes.Inner * sizeof(T)));
            for (var j = 0; j < sizes.Count; j++)
            {
                var to = indices[j];
                if ((uint)to >= (uint)sizes.Length) continue;
                for (var i = 0; i < sizes.Inner; i++) target[(long)to * sizes.Inner + i] += source[(long)j * sizes.Inner + i];
            }
        }
    }
}
