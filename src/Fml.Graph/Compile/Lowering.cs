using System.Collections.Immutable;
using Fml.Native;

namespace Fml.Graph;

/// <summary>A tensor's place in a program's memory, known by number until the memory is planned.</summary>
/// <param name="Slot">Number of the block.</param>
/// <param name="ByteOffset">Bytes from the start of the block.</param>
public readonly record struct Operand(int Slot, long ByteOffset = 0);

/// <summary>What a primitive is given to turn one application into commands.</summary>
public abstract class Lowering
{
    /// <summary>The application that is lowered.</summary>
    public abstract Node.Apply Node { get; }

    /// <summary>Types of the inputs.</summary>
    public TensorType InputType(int index) => Node.Inputs[index].Type;

    /// <summary>Type of the output.</summary>
    public TensorType OutputType => Node.Type;

    /// <summary>Input <paramref name="index"/>, row-major without gaps.</summary>
    public abstract Operand Input(int index);

    /// <summary>The output, row-major without gaps; every element must be written.</summary>
    public abstract Operand Output { get; }

    /// <summary>Memory for this application alone; its content is undefined.</summary>
    public abstract Operand Scratch(long byteCount);

    /// <summary>The inputs as they lie in memory, which need not be without gaps.</summary>
    internal abstract ImmutableArray<MapSource> Sources();

    /// <summary>Runs a kernel.</summary>
    public abstract void Run<TParameters>(Kernel<TParameters> kernel, TParameters parameters, params ImmutableArray<Operand> operands)
        where TParameters : unmanaged;

    /// <summary>Runs a matrix product.</summary>
    public abstract void Multiply(MatrixShape shape, Operand a, Operand b, Operand c);
}
