using System.Numerics;
using System.Runtime.CompilerServices;
using Fml.Native;

namespace Fml.Graph;

/// <summary>
/// Feeds a vector kernel, which knows only whole vectors of contiguous or shared values in the type of the arithmetic. What already has
/// that form goes straight through; the rest of a row that fills no vector, strided values and other types pass through a small block on
/// the stack, so that every element meets the same instructions.
/// </summary>
internal sealed unsafe class RowDriver<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LargestBlock = 256;
    private const int StackBytes = 48 * 1024;

    private readonly RowKernel vectors;
    private readonly int lanes;
    private readonly ArgumentAccess[] arguments;
    private readonly ElementType[] outputs;
    private readonly bool[] argumentIsUsed;
    private readonly bool[] argumentIsDirect;
    private readonly bool[] outputIsDirect;
    private readonly bool allDirect;
    private readonly int block;

    public RowDriver(RowSignature signature, RowKernel vectors, int lanes)
    {
        var own = ElementTypes.Of<T>();
        this.vectors = vectors;
        this.lanes = lanes;
        arguments = [.. signature.Arguments];
        outputs = [.. signature.OutputTypes];
        var used = ScalarOrder.Of(signature.Expressions.AsSpan()).OfType<Scalar.Argument>().Select(a => a.Index).ToHashSet();
        argumentIsUsed = [.. arguments.Select((_, i) => used.Contains(i))];
        argumentIsDirect = [.. arguments.Select((a, i) => !argumentIsUsed[i] || (a.Type == own && a.Stride is 0 or 1))];
        outputIsDirect = [.. outputs.Select(type => type == own)];
        allDirect = argumentIsDirect.All(direct => direct) && outputIsDirect.All(direct => direct);
        var fitting = StackBytes / (sizeof(T) * (arguments.Length + outputs.Length)) / lanes * lanes;
        block = Math.Max(lanes, Math.Min(LargestBlock, fitting));
    }

    public void Run(void** argumentRows, void** outputRows, long count)
    {
        long done = 0;
        if (allDirect)
        {
            done = count - count % lanes;
            if (done > 0) vectors(argumentRows, outputRows, done);
        }
        if (done < count) RunBlocks(argumentRows, outputRows, done, count, allDirect ? lanes : block);
    }

    [SkipLocalsInit]
    private void RunBlocks(void** argumentRows, void** outputRows, long start, long end, int size)
    {
        var scratch = stackalloc T[size * (arguments.Length + outputs.Length)];
        var argumentBlocks = stackalloc void*[arguments.Length];
        var outputBlocks = stackalloc void*[outputs.Length];
        for (; start < end; start += size)
        {
            var length = (int)Math.Min(size, end - start);
            var padded = (length + lanes - 1) / lanes * lanes;
            var whole = padded == length;
            for (var i = 0; i < arguments.Length; i++)
            {
                if (!argumentIsUsed[i]) continue;
                var (type, stride) = arguments[i];
                if (argumentIsDirect[i] && (whole || stride == 0))
                {
                    argumentBlocks[i] = (T*)argumentRows[i] + start * stride;
                    continue;
                }
                var target = scratch + i * size;
                argumentBlocks[i] = target;
                Load(type, argumentRows[i], start, stride, target, stride == 0 ? 1 : length);
                if (stride != 0) new Span<T>(target + length, padded - length).Clear();
            }
            for (var i = 0; i < outputs.Length; i++)
                outputBlocks[i] = outputIsDirect[i] && whole ? (T*)outputRows[i] + start : scratch + (arguments.Length + i) * size;
            vectors(argumentBlocks, outputBlocks, padded);
            for (var i = 0; i < outputs.Length; i++)
                if (!(outputIsDirect[i] && whole)) Store(outputs[i], (T*)outputBlocks[i], outputRows[i], start, length);
        }
    }

    private static void Load(ElementType type, void* row, long start, long stride, T* target, int count)
    {
        switch (type)
        {
            case ElementType.F32: Load((float*)row + start * stride, stride, target, count); break;
            case ElementType.F64: Load((double*)row + start * stride, stride, target, count); break;
            case ElementType.I32: Load((int*)row + start * stride, stride, target, count); break;
            default: Load((byte*)row + start * stride, stride, target, count); break;
        }
    }

    private static void Load<TFrom>(TFrom* source, long stride, T* target, int count) where TFrom : unmanaged, INumberBase<TFrom>
    {
        for (var i = 0; i < count; i++) target[i] = T.CreateTruncating(source[i * stride]);
    }

    private static void Store(ElementType type, T* source, void* row, long start, int count)
    {
        switch (type)
        {
            case ElementType.F32: Store(source, (float*)row + start, count); break;
            case ElementType.F64: Store(source, (double*)row + start, count); break;
            case ElementType.I32: Store(source, (int*)row + start, count); break;
            default: Store(source, (byte*)row + start, count); break;
        }
    }

    private static void Store<TTo>(T* source, TTo* target, int count) where TTo : unmanaged, INumberBase<TTo>
    {
        for (var i = 0; i < count; i++) target[i] = TTo.CreateSaturating(source[i]);
    }
}
