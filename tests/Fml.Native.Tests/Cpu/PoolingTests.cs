using System.Numerics;

namespace Fml.Native.Tests;

public sealed unsafe class PoolingTests
{
    private static readonly Workers Team = new(2);

    // 3/2 windows overlap; 70 channels are more than a block of the gradient and no multiple of a vector.
    private static readonly WindowShape Overlapping = new(2, 7, 9, 70, 3, 4, 3, 3, 2, 2, 0, 0);
    private static readonly WindowShape Padded = new(1, 6, 5, 3, 3, 3, 3, 3, 2, 2, 1, 1);

    public static TheoryData<WindowShape> Shapes() => [Overlapping, Padded];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_greatest_of_each_window_is_found_and_its_adjoint_goes_to_the_first_of_equals(WindowShape shape)
    {
        Check<float>(shape);
        Check<double>(shape);
    }

    [Fact]
    public void A_window_with_a_NaN_has_no_maximum()
    {
        var x = new float[4 * 9];
        x[9 + 2] = float.NaN;
        var y = new float[9];
        fixed (float* px = x, py = y)
            MaximumPooling.Forward<float>(new WindowShape(1, 2, 2, 9, 1, 1, 2, 2, 2, 2, 0, 0), [(nint)px, (nint)py], Team);
        Assert.True(float.IsNaN(y[2]));
        Assert.Equal(0, y[1]);
    }

    // Few distinct values, so that most windows have ties; integers, so that sums are exact.
    private static void Check<T>(WindowShape w) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(7);
        var x = new T[w.Batch * w.Height * w.Width * w.Channels];
        var adjoint = new T[w.Batch * w.OutputHeight * w.OutputWidth * w.Channels];
        for (var i = 0; i < x.Length; i++) x[i] = T.CreateChecked(random.Next(-3, 0));
        for (var i = 0; i < adjoint.Length; i++) adjoint[i] = T.CreateChecked(random.Next(1, 100));
        T[] y = new T[adjoint.Length], dx = new T[x.Length], yPlain = new T[y.Length], dxPlain = new T[x.Length];
        for (var o = 0; o < y.Length; o++)
        {
            var (c, j, i, n) = (o % w.Channels, o / w.Channels % w.OutputWidth,
                o / w.Channels / w.OutputWidth % w.OutputHeight, o / w.Channels / w.OutputWidth / w.OutputHeight);
            var inside =
                from k in Enumerable.Range(0, w.KernelHeight)
                from l in Enumerable.Range(0, w.KernelWidth)
                let row = i * w.StrideY + k - w.Top
                let column = j * w.StrideX + l - w.Left
                where row >= 0 && row < w.Height && column >= 0 && column < w.Width
                select ((n * w.Height + row) * w.Width + column) * w.Channels + c;
            var first = inside.MaxBy(at => x[at]); // the first of equals
            yPlain[o] = x[first];
            dxPlain[first] += adjoint[o];
        }
        fixed (T* px = x, py = y, pa = adjoint, pdx = dx)
        {
            MaximumPooling.Forward<T>(w, [(nint)px, (nint)py], Team);
            MaximumPooling.InputGradient<T>(w, [(nint)px, (nint)py, (nint)pa, (nint)pdx], Team);
        }
        Assert.Equal(yPlain, y);
        Assert.Equal(dxPlain, dx);
    }
}
