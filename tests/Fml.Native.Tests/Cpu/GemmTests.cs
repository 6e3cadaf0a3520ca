using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fml.Native.Tests;

public sealed unsafe class GemmTests
{
    private static readonly Workers Team = new(3);

    // Shapes that reach every kernel and their edges: packed with either side shared, several inner blocks, split inner dimension, dot,
    // stream, outer.
    private static readonly (int Rows, int Columns, int Inner)[] Sizes =
    [
        (1, 1, 1), (3, 3, 3), (3, 50, 3), (5, 7, 40), (14, 32, 33), (15, 33, 34), (29, 65, 100), (65, 29, 70), (100, 130, 40),
        (130, 100, 50),
        (12, 31, 900), (33, 20, 800), (1, 300, 70), (4, 70, 333), (8, 1030, 35), (7, 33, 129), (300, 1, 77), (3, 3, 5000), (9, 20, 4500),
        (5, 4100, 5), (33, 64, 32), (200, 9, 2),
    ];

    public static TheoryData<int, int, int, bool, bool> Shapes() =>
    [
        ..from size in Sizes
          from a in new[] { false, true }
          from b in new[] { false, true }
          select (size.Rows, size.Columns, size.Inner, a, b),
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_equal_the_plain_sum_at_every_vector_width(int rows, int columns, int inner, bool transposeA, bool transposeB)
    {
        var shape = new MatrixShape(rows, columns, inner, transposeA, transposeB);
        Check<float>(shape, 1e-5,
            Gemm<Simd512<float>, Vector512<float>, float>.Multiply,
            Gemm<Simd256<float>, Vector256<float>, float>.Multiply,
            Gemm<Simd128<float>, Vector128<float>, float>.Multiply);
        Check<double>(shape, 1e-14,
            Gemm<Simd512<double>, Vector512<double>, double>.Multiply,
            Gemm<Simd256<double>, Vector256<double>, double>.Multiply,
            Gemm<Simd128<double>, Vector128<double>, double>.Multiply);
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
        Check<float>(shape, 1e-5, Gemm.Multiply);
        Check<double>(shape, 1e-14, Gemm.Multiply);
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
    public void Products_in_a_steady_state_allocate_nothing()
    {
        using var alone = new Workers(1);
        float[] a = Random<float>(300 * 5000, 1), b = Random<float>(300 * 5000, 2), c = new float[300 * 300];
        MatrixShape[] shapes =
            [new(300, 300, 900), new(20, 30, 5000, TransposeB: true), new(4, 300, 900), new(4, 300, 900, TransposeB: true)];
        fixed (float* pa = a, pb = b, pc = c)
        {
            foreach (var shape in shapes) Gemm.Multiply(shape, pa, pb, pc, alone);
            // A collection meanwhile counts what is left of the thread's allocation block: one clean round is proof enough.
            var least = long.MaxValue;
            for (var round = 0; round < 8; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < shapes.Length; i++) Gemm.Multiply(shapes[i], pa, pb, pc, alone);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.Equal(0, least);
        }
    }

    private delegate void Product<T>(in MatrixShape shape, T* a, T* b, T* c, Workers workers) where T : unmanaged;

    private static void Check<T>(MatrixShape shape, double tolerance, params Product<T>[] products)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var a = Random<T>(shape.StrideA * (shape.Batch - 1) + (long)shape.Rows * shape.Inner, 1);
        var b = Random<T>(shape.StrideB * (shape.Batch - 1) + (long)shape.Inner * shape.Columns, 2);
        var before = Random<T>((long)shape.Batch * shape.Rows * shape.Columns, 3);
        var (sums, sizes) = Plain(shape, Wide(a), Wide(b));
        foreach (var product in products)
        {
            foreach (var accumulate in new[] { false, true })
            {
                var c = (T[])before.Clone();
                fixed (T* pa = a, pb = b, pc = c) product(shape with { Accumulate = accumulate }, pa, pb, pc, Team);
                for (var i = 0; i < c.Length; i++)
                {
                    var expected = sums[i] + (accumulate ? double.CreateChecked(before[i]) : 0);
                    var error = Math.Abs(double.CreateChecked(c[i]) - expected);
                    Assert.True(error <= tolerance * (sizes[i] + 1), $"{shape}: element {i} of C is {c[i]}, not {expected}");
                }
            }
        }
    }

    // The sums, and the sums of absolute values, by which errors are measured.
    private static (double[] Sums, double[] Sizes) Plain(MatrixShape shape, double[] a, double[] b)
    {
        var (m, n, l) = (shape.Rows, shape.Columns, shape.Inner);
        var (sums, sizes) = (new double[shape.Batch * m * n], new double[shape.Batch * m * n]);
        for (var batch = 0; batch < shape.Batch; batch++)
            for (var i = 0; i < m; i++)
                for (var k = 0; k < l; k++)
                {
                    var x = a[batch * shape.StrideA + (shape.TransposeA ? k * m + i : i * l + k)];
                    for (var j = 0; j < n; j++)
                    {
                        var term = x * b[batch * shape.StrideB + (shape.TransposeB ? j * l + k : k * n + j)];
                        sums[(batch * m + i) * n + j] += term;
                        sizes[(batch * m + i) * n + j] += Math.Abs(term);
                    }
                }
        return (sums, sizes);
    }

    private static double[] Wide<T>(T[] values) where T : INumber<T> => [.. values.Select(double.CreateChecked)];

    internal static T[] Random<T>(long count, int seed) where T : unmanaged, INumber<T>
    {
        var random = new Random(seed);
        var values = new T[count];
        for (var i = 0L; i < count; i++) values[i] = T.CreateChecked(random.NextDouble() - 0.5);
        return values;
    }
}
