using System.Collections.Immutable;
using Fml.Native;
#pragma warning disable CS1591
namespace Fml.Graph;
public readonly record struct ConvSizes(int F, int H, int W, int C, int K, int S, int P, int OH, int OW);
public sealed record Conv2d(int Stride, int Padding) : Primitive
{
    public override TensorType Infer(ImmutableArray<TensorType> i)
    {
        var x = i[0].Shape; var w = i[1].Shape;
        return i[0] with { Shape = [x[0], (x[1] + 2 * Padding - w[0]) / Stride + 1, (x[2] + 2 * Padding - w[1]) / Stride + 1, w[3]] };
    }
    public override ImmutableArray<Node?> Gradient(Node.Apply o, Node a) =>
    [ Node.Apply.Of(new Conv2dInputGradient(Stride, Padding, o.Inputs[0].Shape), a, o.Inputs[1]), Node.Apply.Of(new Conv2dWeightGradient(Stride, Padding, o.Inputs[1].Shape), o.Inputs[0], a) ];
    public override void Lower(Lowering l)
    {
        var s = Sizes(l.InputType(0).Shape, l.OutputType.Shape, l.InputType(1).Shape, Stride, Padding);
        var rows = s.F * s.OH * s.OW; var inner = s.K * s.K * s.C;
        var col = l.Scratch((long)rows * inner * 4);
        l.Run(Im2Col, s, l.Input(0), col);
        l.Multiply(new MatrixShape(rows, l.OutputType.Shape[3], inner), col, l.Input(1), l.Output);
    }
    internal static ConvSizes Sizes(Shape x, Shape y, Shape w, int st, int p) => new(x[0], x[1], x[2], x[3], w[0], st, p, y[1], y[2]);
    internal static readonly unsafe Kernel<ConvSizes> Im2Col = new("im2col", (in ConvSizes s, ReadOnlySpan<nint> o, Workers w) => w.For(s.F * s.OH, new Work(s, (float*)o[0], (float*)o[1], false)));
    internal static readonly unsafe Kernel<ConvSizes> Col2Im = new("col2im", (in ConvSizes s, ReadOnlySpan<nint> o, Workers w) => w.For(s.F, new Work(s, (float*)o[0], (float*)o[1], true)));
    private readonly unsafe struct Work(ConvSizes s, float* x, float* col, bool back) : IWork
    {
        public void Run(int i)
        {
            if (back)
            {
                new Span<float>(x + (long)i * s.H * s.W * s.C, s.H * s.W * s.C).Clear();
                for (var r = 0; r < s.OH; r++) Row(i, r);
            }
            else Row(i / s.OH, i % s.OH);
        }
        private void Row(int f, int oy)
        {
            var inner = s.K * s.K * s.C;
            for (var ox = 0; ox < s.OW; ox++)
            {
                var c = col + ((long)(f * s.OH + oy) * s.OW + ox) * inner;
                for (var ky = 0; ky < s.K; ky++)
                {
                    var y = oy * s.S + ky - s.P;
                    for (var kx = 0; kx < s.K; kx++, c += s.C)
                    {
                        var xx = ox * s.S + kx - s.P;
                        var inside = (uint)y < (uint)s.H && (uint)xx < (uint)s.W;
                        if (!back) { if (inside) new Span<float>(x + (((long)f * s.H + y) * s.W + xx) * s.C, s.C).CopyTo(new Span<float>(c, s.C)); else new Span<float>(c, s.C).Clear(); }
                        else if (inside) { var p = x + (((long)f * s.H + y) * s.W + xx) * s.C; for (var k = 0; k < s.C; k++) p[k] += c[k]; }
                    }
                }
            }
        }
    }
}
public sealed record Conv2dInputGradient(int Stride, int Padding, Shape Input) : Primitive
{
    public override TensorType Infer(ImmutableArray<TensorType> i) => i[0] with { Shape = Input };
    public override ImmutableArray<Node?> Gradient(Node.Apply o, Node a) => throw new NotSupportedException();
    public override void Lower(Lowering l)
    {
        var s = Conv2d.Sizes(Input, l.InputType(0).Shape, l.InputType(1).Shape, Stride, Padding);
        var rows = s.F * s.OH * s.OW; var inner = s.K * s.K * s.C;
        var col = l.Scratch((long)rows * inner * 4);
        l.Multiply(new MatrixShape(rows, inner, l.InputType(1).Shape[3], TransposeB: true), l.Input(0), l.Input(1), col);
        l.Run(Conv2d.Col2Im, s, l.Output, col);
    }
}
public sealed record Conv2dWeightGradient(int Stride, int Padding, Shape Weights) : Primitive
{
    public override TensorType Infer(ImmutableArray<TensorType> i) => i[0] with { Shape = Weights };
    public override ImmutableArray<Node?> Gradient(Node.Apply o, Node a) => throw new NotSupportedException();
    public override void Lower(Lowering l)
    {
        var s = Conv2d.Sizes(l.InputType(0).Shape, l.InputType(1).Shape, Weights, Stride, Padding);
        var rows = s.F * s.OH * s.OW; var inner = s.K * s.K * s.C;
        var col = l.Scratch((long)rows * inner * 4);
        l.Run(Conv2d.Im2Col, s, l.Input(0), col);
        l.Multiply(new MatrixShape(inner, Weights[3], rows, TransposeA: true), col, l.Input(1), l.Output);
    }
}
public sealed record MaxPool2d(int Size, int Stride) : Primitive
{
    public override TensorType Infer(ImmutableArray<TensorType> i) { var x = i[0].Shape; return i[0] with { Shape = [x[0], (x[1] - Size) / Stride + 1, (x[2] - Size) / Stride + 1, x[3]] }; }
    public override ImmutableArray<Node?> Gradient(Node.Apply o, Node a) => [Node.Apply.Of(new MaxPool2dGradient(Size, Stride), o.Inputs[0], a)];
    public override void Lower(Lowering l) { var x = l.InputType(0).Shape; var y = l.OutputType.Shape; l.Run(Forward, new(x[0], x[1], x[2], x[3], Size, Stride, 0, y[1], y[2]), l.Input(0), l.Output); }
    internal static readonly unsafe Kernel<ConvSizes> Forward = new("maxpool", (in ConvSizes s, ReadOnlySpan<nint> o, Workers w) => w.For(s.F, new Work(s, (float*)o[0], (float*)o[1], null)));
    internal static readonly unsafe Kernel<ConvSizes> Backward = new("maxpool_grad", (in ConvSizes s, ReadOnlySpan<nint> o, Workers w) => w.For(s.F, new Work(s, (float*)o[0], (float*)o[1], (float*)o[2])));
    private readonly unsafe struct Work(ConvSizes s, float* x, float* y, float* dx) : IWork
    {
        public void Run(int f)
        {
            if (dx != null) new Span<float>(dx + (long)f * s.H * s.W * s.C, s.H * s.W * s.C).Clear();
            for (var oy = 0; oy < s.OH; oy++)
                for (var ox = 0; ox < s.OW; ox++)
                    for (var c = 0; c < s.C; c++)
                    {
                        long best = -1;
                        for (var ky = 0; ky < s.K; ky++)
                            for (var kx = 0; kx < s.K; kx++)
                            {
                                var at = (((long)f * s.H + oy * s.S + ky) * s.W + ox * s.S + kx) * s.C + c;
                                if (best < 0 || x[at] > x[best]) best = at;
                            }
                        var o = (((long)f * s.OH + oy) * s.OW + ox) * s.C + c;
                        if (dx == null) y[o] = x[best]; else dx[best] += y[o];
                    }
        }
    }
}
public sealed record MaxPool2dGradient(int Size, int Stride) : Primitive
{
    public override TensorType Infer(ImmutableArray<TensorType> i) => i[0];
    public override ImmutableArray<Node?> Gradient(Node.Apply o, Node a) => throw new NotSupportedException();
    public override void Lower(Lowering l) { var x = l.InputType(0).Shape; var y = l.InputType(1).Shape; l.Run(MaxPool2d.Backward, new(x[0], x[1], x[2], x[3], Size, Stride, 0, y[1], y[2]), l.Input(0), l.Input(1), l.Output); }
}
public static partial class Ops
{
    public static Node Conv2d(Node x, Node w, int stride, int padding) => Node.Apply.Of(new Conv2d(stride, padding), x, w);
    public static Node MaxPool2d(Node x, int size, int stride) => Node.Apply.Of(new MaxPool2d(size, stride), x);
}
