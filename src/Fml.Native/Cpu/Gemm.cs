using System.Numerics;

namespace Fml.Native;

/// <summary>Products of row-major matrices on the CPU.</summary>
internal static unsafe class Gemm
{
    /// <summary>Batch of <c>C = op(A) op(B)</c> (or <c>C += ...</c>); C of the batch are dense and follow one another.</summary>
    public static void Multiply<T>(in MatrixShape shape, T* a, T* b, T* c, Workers workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var batch = 0; batch < shape.Batch; batch++)
        {
            T* ab = a + batch * shape.StrideA, bb = b + batch * shape.StrideB, cb = c + (long)batch * shape.Rows * shape.Columns;
            for (var i = 0; i < shape.Rows; i++)
            {
                for (var j = 0; j < shape.Columns; j++)
                {
                    var sum = shape.Accumulate ? cb[(long)i * shape.Columns + j] : T.Zero;
                    for (var k = 0; k < shape.Inner; k++)
                        sum += (shape.TransposeA ? ab[(long)k * shape.Rows + i] : ab[(long)i * shape.Inner + k])
                            * (shape.TransposeB ? bb[(long)j * shape.Inner + k] : bb[(long)k * shape.Columns + j]);
                    cb[(long)i * shape.Columns + j] = sum;
                }
            }
        }
    }
}
