using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fml.Native.Tests;

public sealed unsafe class GemmTests
{
    private static readonly Workers Team = new(3);

    // Shapes that reach every kernel and their edges: packed with either side shared, several inner blocks, split inner dimension, dot, stream, outer.
    private static readonly (int Rows, int Columns, int Inner)[] Sizes =
    [
        (1, 1, 1), (3, 3, 3), (3, 50, 3), (5, 7, 40), (14, 32, 33), (15, 33, 34), (29, 65, 100), (65, 29, 70), (100, 130, 40), (130, 100, 50),
        (12, 31, 900), (33, 20, 800), (1, 300, 70), (4, 70, 333), (8, 1030, 35), (7, 33, 129), (300, 1, 77), (3, 3, 5000), (9, 20, 4500),
        (5, 4100, 5), (33, 64, 32), (200, 9, 2),
    ];

    public static TheoryData<int, int, int, bool, bool> Shapes() => [.. 
        from size in Sizes from a in new[] { false, true } from b in new[] { false, true } select (size.Rows, size.Columns, size.Inner, a, b)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_equal_the_plain_sum_at_every_vector_width(int rows, int columns, int inner, bool transposeA, bool transposeB)
    {
        foreach (var accumulate in new[] { false, true })
        {
            var shape = new MatrixShape(rows, columns, inner, transposeA, transposeB, accumulate);
            Check<float>(shape, Gemm<Simd512<float>, Vector512<float>, float>.Multiply, 1e-5);
            Check<float>(shape, Gemm<Simd256<float>, Vector256<float>, float>.Multiply, 1e-5);
            Check<float>(shape, Gemm<Simd128<float>, Vector128<float>, float>.Multiply, 1e-5);
            Check<double>(shape, Gemm<Simd512<double>, Vector512<double>, double>.Multiply, 1e-14);
            Check<double>(shape, Gemm<Simd256<double>, Vector256<double>, double>.Multiply, 1e-14);
            Check<double>(shape, Gemm<Simd128<double>, Vector128<double>, double>.Multiply, 1e-14);
        }
    }

    [Theory]
    [InlineData(5, 3, 3, 3, false, false, false)]
    [InlineData(40, 3, 70, 3, true, false, true)]
    [InlineData(6, 30, 40, 50, false, true, true)]
    [InlineData(6, 30, 40, 50, true, false, false)]
    public void A_batch_shares_a_matrix_or_walks_both(
        int batch, int rows, int columns, int inner, bool transposeA, bool shareA, bool shareB)
    {
        var shape = new MatrixShape(rows, columns, inner, transposeA, Batch: batch,
            StrideA: shareA ? 0 : rows * inner, StrideB: shareB ? 0 : columns * inner);
        Check<float>(shape, Gemm.Multiply, 1e-5);
        Check<double>(shape, Gemm.Multiply, 1e-14);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        foreach (var (rows, columns, inner) in Sizes)
        {
            var shape = new MatrixShape(rows, columns, inner);
            var (a, b) = (Random<float>((long)rows * inner, 1), Random<float>((long)inner * columns, 2));
            var results = new[] { 1, 2, 5 }.Select(threads =>
            {
                using var workers = new Workers(threads);
                var c = new float[rows * columns];
                fixed (float* pa = a, pb = b, pc = c) Gemm.Multiply(shape, pa, pb, pc, workers);
                return c;
            }).ToArray();
            Assert.Equal(results[0], results[1]);
            Assert.Equal(results[0], results[2]);
        }
    }

    [Fact]
    public void An_empty_inner_dimension_gives_zeros()
    {
        var c = new[] { 1f, 2f };
        fixed (float* pc = c) Gemm.Multiply(new MatrixShape(1, 2, 0), null, null, pc, Team);
        Assert.Equal([0f, 0f], c);
    }

    [Fact]
    public void A_large_product_in_a_steady_state_allocates_nothing()
    {
        var shape = new MatrixShape(300, 300, 900);
        float[] a = Random<float>(300 * 900, 1), b = Random<float>(300 * 900, 2), c = new float[300 * 300];
        fixed (float* pa = a, pb = b, pc = c)
        {
            for (var i = 0; i < 50; i++) Gemm.Multiply(shape, pa, pb, pc, Team);
            var before = GC.GetTotalAllocatedBytes(true);
            for (var i = 0; i < 20; i++) Gemm.Multiply(shape, pa, pb, pc, Team);
            // Tests beside this one may allocate; this product packs 2 MB a time.
            Assert.True(GC.GetAllocatedBytesForCurrentThread() >= 0 && GC.GetTotalAllocatedBytes(true) - before < 20L * 2_000_000);
        }
    }

    private delegate void Product<T>(in MatrixShape shape, T* a, T* b, T* c, Workers workers) where T : unmanaged;

    private static void Check<T>(MatrixShape shape, Product<T> product, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (m, n, l) = (shape.Rows, shape.Columns, shape.Inner);
        var a = Random<T>(shape.StrideA * (shape.Batch - 1) + (long)m * l, 1);
        var b = Random<T>(shape.StrideB * (shape.Batch - 1) + (long)l * n, 2);
        var c = Random<T>((long)shape.Batch * m * n, 3);
        var before = (T[])c.Clone();
        fixed (T* pa = a, pb = b, pc = c) product(shape, pa, pb, pc, Team);
        for (var batch = 0; batch < shape.Batch; batch++)
            for (var i = 0; i < m; i++)
                for (var j = 0; j < n; j++)
                {
                    var at = ((long)batch * m + i) * n + j;
                    var sum = shape.Accumulate ? double.CreateChecked(before[at]) : 0;
                    var size = 1.0;
                    for (var k = 0; k < l; k++)
                    {
                        var x = double.CreateChecked(a[batch * shape.StrideA + (shape.TransposeA ? (long)k * m + i : (long)i * l + k)]);
                        var y = double.CreateChecked(b[batch * shape.StrideB + (shape.TransposeB ? (long)j * l + k : (long)k * n + j)]);
                        sum += x * y;
                        size += Math.Abs(x * y);
                    }
                    var error = Math.Abs(double.CreateChecked(c[at]) - sum);
                    Assert.True(error <= tolerance * size, $"{shape}: C[{batch},{i},{j}] is {c[at]}, not {sum}");
                }
    }

    internal static T[] Random<T>(long count, int seed) where T : unmanaged, INumber<T>
    {
        var random = new Random(seed);
        var values = new T[count];
        for (var i = 0L; i < count; i++) values[i] = T.CreateChecked(random.NextDouble() - 0.5);
        return values;
    }
}
