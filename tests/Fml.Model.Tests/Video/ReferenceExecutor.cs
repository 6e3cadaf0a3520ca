using System.Collections.Immutable;

namespace Fml.Model.Tests;

/// <summary>Runs a face network by its plainest definition, to check the graph's way against.</summary>
internal static class ReferenceExecutor
{
    public readonly record struct Map(int Count, int Height, int Width, int Channels, float[] Values);

    public static FaceNetworkRunner Runner(FaceNetwork network, string folder)
    {
        var weights = FaceApiWeights.Load(folder, network.File);
        return (images, count, size) =>
            network.Layers.Aggregate(new Map(count, size, size, 3, images), (x, layer) => Run(layer, x, weights)).Values;
    }

    private static Map Run(FaceLayer layer, Map x, ImmutableDictionary<string, Weights> weights) => layer switch
    {
        FaceLayer.Convolution c => Convolve(x, weights[c.Name + "/filters"], weights[c.Name + "/bias"], c.Stride, c.Same),
        FaceLayer.Separable s => Convolve(
            Depthwise(x, weights[s.Name + "/depthwise_filter"], s.Stride),
            weights[s.Name + "/pointwise_filter"], weights[s.Name + "/bias"], 1, false),
        FaceLayer.Rectifier r => x with { Values = [.. x.Values.Select(v => v > 0 ? v : r.Slope * v)] },
        FaceLayer.MaxPool p => Pool(x, p.Stride),
        FaceLayer.Dense d => Dense(d, x, weights),
        FaceLayer.Mean => Mean(x),
        FaceLayer.Linear l => Convolve(
            x, weights[l.Name + "/weights"] with { Dimensions = [1, 1, .. weights[l.Name + "/weights"].Dimensions] },
            weights[l.Name + "/bias"], 1, false),
        _ => throw new InvalidOperationException(layer.ToString()),
    };

    private static Map Dense(FaceLayer.Dense dense, Map x, ImmutableDictionary<string, Weights> weights)
    {
        static Map Relu(Map m) => m with { Values = [.. m.Values.Select(v => Math.Max(v, 0))] };
        var sum = Relu(Run(dense.First, x, weights));
        var y = sum;
        for (var k = 1; k <= 3; k++)
        {
            var next = Run(new FaceLayer.Separable($"{dense.Name}/conv{k}", 1), y, weights);
            sum = sum with { Values = [.. sum.Values.Zip(next.Values, (a, b) => a + b)] };
            y = Relu(sum);
        }
        return y;
    }

    private static (int Output, int Before) Same(int size, int kernel, int stride)
    {
        var output = (size + stride - 1) / stride;
        return (output, Math.Max(0, (output - 1) * stride + kernel - size) / 2);
    }

    private static Map Convolve(Map x, Weights filters, Weights bias, int stride, bool same)
    {
        var (kernel, inner, outer) = (filters.Dimensions[0], filters.Dimensions[2], filters.Dimensions[3]);
        var (height, top) = same ? Same(x.Height, kernel, stride) : ((x.Height - kernel) / stride + 1, 0);
        var (width, left) = same ? Same(x.Width, kernel, stride) : ((x.Width - kernel) / stride + 1, 0);
        var result = new float[x.Count * height * width * outer];
        Parallel.For(0, x.Count * height, row =>
        {
            var (n, oy) = (row / height, row % height);
            for (var ox = 0; ox < width; ox++)
            {
                var target = result.AsSpan((row * width + ox) * outer, outer);
                bias.Values.CopyTo(target);
                for (var ky = 0; ky < kernel; ky++)
                    for (var kx = 0; kx < kernel; kx++)
                    {
                        var (iy, ix) = (oy * stride + ky - top, ox * stride + kx - left);
                        if (iy < 0 || iy >= x.Height || ix < 0 || ix >= x.Width) continue;
                        for (var c = 0; c < inner; c++)
                        {
                            var value = x.Values[((n * x.Height + iy) * x.Width + ix) * inner + c];
                            var from = filters.Values.AsSpan(((ky * kernel + kx) * inner + c) * outer, outer);
                            for (var o = 0; o < from.Length; o++) target[o] += value * from[o];
                        }
                    }
            }
        });
        return new Map(x.Count, height, width, outer, result);
    }

    private static Map Depthwise(Map x, Weights filter, int stride)
    {
        var (height, top) = Same(x.Height, 3, stride);
        var (width, left) = Same(x.Width, 3, stride);
        var result = new float[x.Count * height * width * x.Channels];
        for (var row = 0; row < x.Count * height; row++)
            for (var ox = 0; ox < width; ox++)
                for (var k = 0; k < 9; k++)
                {
                    var (iy, ix) = (row % height * stride + k / 3 - top, ox * stride + k % 3 - left);
                    if (iy < 0 || iy >= x.Height || ix < 0 || ix >= x.Width) continue;
                    var from = ((row / height * x.Height + iy) * x.Width + ix) * x.Channels;
                    for (var c = 0; c < x.Channels; c++)
                        result[(row * width + ox) * x.Channels + c] += x.Values[from + c] * filter.Values[k * x.Channels + c];
                }
        return new Map(x.Count, height, width, x.Channels, result);
    }

    private static Map Pool(Map x, int stride)
    {
        var (height, _) = Same(x.Height, 2, stride);
        var (width, _) = Same(x.Width, 2, stride);
        var result = new float[x.Count * height * width * x.Channels];
        for (var i = 0; i < result.Length; i++)
        {
            var (c, ox, row) = (i % x.Channels, i / x.Channels % width, i / x.Channels / width);
            var most = float.NegativeInfinity;
            for (var k = 0; k < 4; k++)
            {
                var (iy, ix) = (row % height * stride + k / 2, ox * stride + k % 2);
                if (iy < x.Height && ix < x.Width)
                    most = Math.Max(most, x.Values[((row / height * x.Height + iy) * x.Width + ix) * x.Channels + c]);
            }
            result[i] = most;
        }
        return new Map(x.Count, height, width, x.Channels, result);
    }

    private static Map Mean(Map x)
    {
        var area = x.Height * x.Width;
        return new Map(x.Count, 1, 1, x.Channels, [.. Enumerable.Range(0, x.Count * x.Channels).Select(i => Enumerable.Range(0, area)
            .Average(p => x.Values[(i / x.Channels * area + p) * x.Channels + i % x.Channels]))]);
    }
}
