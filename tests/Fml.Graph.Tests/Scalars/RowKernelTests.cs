using System.Numerics;
using Fml.Native;

namespace Fml.Graph.Tests.Scalars;

public sealed unsafe class RowKernelTests
{
    private static readonly Scalar A = new Scalar.Argument(0), B = new Scalar.Argument(1), C = new Scalar.Argument(2);

    private static readonly Scalar Mixed = Scalar.If(A < B, Scalar.Exp(A) * C, Scalar.Tanh(B - C) + Scalar.Sin(A)) / (1 + C * C);

    [Fact]
    public void Every_length_and_every_access_give_the_same_bits_in_float() => CheckAccesses<float>();

    [Fact]
    public void Every_length_and_every_access_give_the_same_bits_in_double() => CheckAccesses<double>();

    private static void CheckAccesses<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var type = ElementTypes.Of<T>();
        int[] steps = [.. Enumerable.Range(-40, 80)];
        T[] Data(int seed) => [.. new Random(seed).GetItems(steps, 700).Select(v => T.CreateChecked(v * 0.073))];
        T[][] data = [Data(1), Data(2), Data(3)];
        long[] strides = [1, 0, 3, -2];
        nint* arguments = stackalloc nint[3], outputs = stackalloc nint[1];
        foreach (var (sa, sb, sc) in strides.SelectMany(_ => strides, (a, b) => (a, b)).SelectMany(_ => strides, (p, c) => (p.a, p.b, c)))
        {
            long[] stride = [sa, sb, sc];
            var kernel = ScalarCompiler.Compile(Mixed, type, [.. stride.Select(s => new ArgumentAccess(type, s))]);
            for (var length = 0; length <= 67; length++)
            {
                T At(int argument, int i) => data[argument][200 + i * stride[argument]];
                var packed = Enumerable.Range(0, 3).Select(k => Enumerable.Range(0, length).Select(i => At(k, i)).ToArray()).ToArray();
                T[] expected = length == 0 ? [] : RowKernelRunner.Run(Mixed, packed);
                var actual = new T[length + 1];
                actual[length] = T.CreateChecked(-77);
                fixed (T* a = &data[0][200], b = &data[1][200], c = &data[2][200], o = actual)
                {
                    (arguments[0], arguments[1], arguments[2], outputs[0]) = ((nint)a, (nint)b, (nint)c, (nint)o);
                    kernel((void**)arguments, (void**)outputs, length);
                }
                Assert.Equal(expected, actual[..length]);
                Assert.Equal(T.CreateChecked(-77), actual[length]);
            }
        }
    }

    [Fact]
    public void A_value_does_not_depend_on_its_neighbours_or_on_how_a_row_is_cut()
    {
        var random = new Random(5);
        Scalar[] expressions =
            [Scalar.Exp(A), Scalar.Log(A), Scalar.Sin(A), Scalar.Cos(A), Scalar.Tanh(A), Scalar.Power(A, 1.3), Scalar.Sigmoid(A)];
        float[] special = [float.NaN, 1e38f, -1e38f, 0, 1e-40f, float.PositiveInfinity];
        float Value(int i) => i % 37 == 0 ? special[i % special.Length] : (float)(random.NextDouble() * 20 - 5);
        float[] x = [.. Enumerable.Range(0, 1000).Select(Value)];
        foreach (var expression in expressions)
        {
            var whole = RowKernelRunner.Run(expression, x);
            for (var start = 0; start < x.Length;)
            {
                var length = Math.Min(random.Next(1, 60), x.Length - start);
                var part = RowKernelRunner.Run(expression, x[start..(start + length)]);
                Assert.Equal(
                    whole[start..(start + length)].Select(BitConverter.SingleToInt32Bits),
                    part.Select(BitConverter.SingleToInt32Bits));
                start += length;
            }
        }
    }

    [Fact]
    public void An_output_may_lie_over_a_contiguous_argument()
    {
        var signature = new RowSignature(
            [A + B, A - B],
            [ElementType.F32, ElementType.F32],
            [.. Enumerable.Repeat(ArgumentAccess.Contiguous(ElementType.F32), 2)],
            ElementType.F32);
        var kernel = ScalarCompiler.Compile(signature);
        foreach (var length in (int[])[1, 15, 16, 17, 64, 129, 1000])
        {
            float[] a = [.. Enumerable.Range(0, length).Select(i => i * 0.5f)], b = [.. Enumerable.Range(0, length).Select(i => 3f - i)];
            float[] sum = [.. a.Zip(b, (p, q) => p + q)], difference = [.. a.Zip(b, (p, q) => p - q)];
            RowKernelRunner.Run(kernel, length, [b, a], [a, b]);
            Assert.Equal(sum, b);
            Assert.Equal(difference, a);
        }
    }

    [Fact]
    public void Integers_and_other_precisions_are_converted_on_the_way_in_and_out()
    {
        var signature = new RowSignature(
            [A * 2 + B, A / 255, C * 1.5, C + B, A * 2],
            [ElementType.F32, ElementType.F64, ElementType.I32, ElementType.F32, ElementType.U8],
            [new(ElementType.U8, 1), new(ElementType.I32, 0), new(ElementType.F64, 1)],
            ElementType.F32);
        var kernel = ScalarCompiler.Compile(signature);
        foreach (var length in (int[])[1, 16, 50, 300, 1000])
        {
            byte[] a = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
            int[] b = [7];
            double[] c = [.. Enumerable.Range(0, length).Select(i => i - 5.25)];
            var (o0, o1, o2, o3, o4) = (new float[length], new double[length], new int[length], new float[length], new byte[length]);
            RowKernelRunner.Run(kernel, length, [o0, o1, o2, o3, o4], [a, b, c]);
            for (var i = 0; i < length; i++)
            {
                Assert.Equal(a[i] * 2f + 7, o0[i]);
                Assert.Equal(a[i] / 255f, o1[i]);
                Assert.Equal((int)((float)c[i] * 1.5f), o2[i]);
                Assert.Equal((float)c[i] + 7, o3[i]);
                Assert.Equal((byte)Math.Min(255, a[i] * 2), o4[i]);
            }
        }
    }

    [Fact]
    public void Values_shared_by_the_row_are_computed_once_and_constants_may_be_outputs()
    {
        var signature = new RowSignature(
            [A / (1 - Scalar.Power(0.9, B)), 3, B * 2],
            [.. Enumerable.Repeat(ElementType.F64, 3)],
            [ArgumentAccess.Contiguous(ElementType.F64), ArgumentAccess.Broadcast(ElementType.F64)],
            ElementType.F64);
        double[] a = [.. Enumerable.Range(0, 45).Select(i => i * 0.25)];
        var outputs = Enumerable.Range(0, 3).Select(_ => new double[45]).ToArray();
        RowKernelRunner.Run(ScalarCompiler.Compile(signature), 45, outputs, [a, new double[] { 3 }]);
        for (var i = 0; i < a.Length; i++)
        {
            Assert.True(Math.Abs(outputs[0][i] - a[i] / (1 - Math.Pow(0.9, 3))) <= 1e-13);
            Assert.Equal(3, outputs[1][i]);
            Assert.Equal(6, outputs[2][i]);
        }
    }

    [Fact]
    public void Random_expressions_compile_to_what_the_interpreter_says()
    {
        double[] x = [.. Enumerable.Range(0, 41).Select(i => i * 0.13 - 2.6)], y = [.. Enumerable.Range(0, 41).Select(i => 1.9 - i * 0.11)];
        for (var seed = 0; seed < 60; seed++)
        {
            var expression = RandomExpressions.Create(new Random(seed), 20, argumentCount: 2, simplified: true);
            if (HasSteps(expression)) continue;
            var result = RowKernelRunner.Run(expression, x, y);
            for (var i = 0; i < x.Length; i++)
            {
                var expected = ScalarInterpreter.Evaluate(expression, [x[i], y[i]]);
                var error = Math.Abs(expected - result[i]);
                Assert.True(
                    expected.Equals(result[i]) || error <= 1e-9 * Math.Max(1, Math.Abs(expected)) || Math.Abs(expected) > 1e12,
                    $"{expression} at {x[i]}, {y[i]}: {result[i]} instead of {expected}");
            }
        }

        // Where a last bit decides between two values there is nothing to compare.
        static bool HasSteps(Scalar expression) => ScalarOrder.Of(expression).Any(node => node is
            Scalar.Unary { Function: UnaryFunction.Floor or UnaryFunction.Sign } or Scalar.Binary { Function: BinaryFunction.Equal });
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        var direct = ScalarCompiler.Compile(Mixed, ElementType.F32, [.. Enumerable.Repeat(ArgumentAccess.Contiguous(ElementType.F32), 3)]);
        var converting = ScalarCompiler.Compile(
            Mixed, ElementType.F32, new(ElementType.U8, 1), new(ElementType.F32, 2), new(ElementType.F64, 0));
        var interpreted = Interpret<float>(Mixed, 3);
        var memory = stackalloc double[4000];
        new Span<double>(memory, 4000).Clear();
        void** arguments = stackalloc void*[] { memory, memory + 800, memory + 1600 };
        void** outputs = stackalloc void*[] { memory + 3000 };
        foreach (var kernel in (RowKernel[])[direct, converting, interpreted])
        {
            for (var i = 0; i < 100; i++) kernel(arguments, outputs, 517);
            // A collection meanwhile counts what is left of the thread's allocation block: one clean round is proof enough.
            var least = long.MaxValue;
            for (var round = 0; round < 8; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 100; i++) kernel(arguments, outputs, 517);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.Equal(0, least);
        }
    }

    [Fact]
    public void Where_no_code_can_be_generated_the_interpreter_gives_the_same_values()
    {
        float[] a = [.. Enumerable.Range(0, 67).Select(i => i * 0.1f - 3)], b = [.. a.Reverse()], c = [.. a.Select(v => v * v - 1)];
        var (actual, expected) = (new float[67], RowKernelRunner.Run(Mixed, a, b, c));
        RowKernelRunner.Run(Interpret<float>(Mixed, 3), 67, [actual], [a, b, c]);
        for (var i = 0; i < 67; i++) Assert.True(Math.Abs(actual[i] - expected[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected[i])));
    }

    [Fact]
    public void The_same_signature_is_compiled_once()
    {
        RowKernel Compile() => ScalarCompiler.Compile(A * 1.25 + B, ElementType.F32, new(ElementType.F32, 1), new(ElementType.F32, 0));
        Assert.Same(Compile(), Compile());
    }

    [Fact]
    public void A_signature_that_does_not_fit_says_why()
    {
        var failure = Assert.Throws<ArgumentException>(
            () => ScalarCompiler.Compile(A + B, ElementType.F32, ArgumentAccess.Contiguous(ElementType.F32)));
        Assert.Equal("the expressions use 2 arguments, but 1 were described", failure.Message);
        Assert.Throws<ArgumentException>(() => ScalarCompiler.Compile(A, ElementType.I32, ArgumentAccess.Contiguous(ElementType.I32)));
    }

    private static RowKernel Interpret<T>(Scalar expression, int arguments) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var type = ElementTypes.Of<T>();
        var signature = new RowSignature([expression], [type], [.. Enumerable.Repeat(ArgumentAccess.Contiguous(type), arguments)], type);
        var (kernel, lanes) = new BlockInterpreter<T>([expression], [.. Enumerable.Repeat(false, arguments)]).Kernel;
        return new RowDriver<T>(signature, kernel, lanes).Run;
    }
}
