using Fml.Native;

namespace Fml.Bench;

/// <summary>Matrix products: cubes, the bases of the face model at paper scale, the layers of its networks.</summary>
internal static unsafe class ProductBench
{
    private static readonly (string Name, MatrixShape Shape)[] Large =
    [
        ("512 cubed", new(512, 512, 512)),
        ("1024 cubed", new(1024, 1024, 1024)),
        ("2048 cubed", new(2048, 2048, 2048)),
        ("200 cubed", new(200, 200, 200)),
        ("codes x basis, 64 faces", new(64, 60000, 500)),
        ("gradient of codes, 64 faces", new(64, 500, 60000, TransposeB: true)),
        ("gradient of basis, 64 faces", new(500, 60000, 64, TransposeA: true)),
        ("fully connected, 16 frames", new(16, 2048, 9216)),
    ];

    private static readonly (string Name, MatrixShape Shape)[] Thin =
    [
        ("codes x albedo basis, 1 person", new(1, 180000, 500)),
        ("codes x albedo basis, 4 people", new(4, 180000, 500)),
        ("gradient of codes, 4 people", new(4, 500, 180000, TransposeB: true)),
        ("gradient of basis, 4 people", new(500, 180000, 4, TransposeA: true)),
        ("fully connected, 8 frames, transposed", new(8, 4096, 9216, TransposeB: true)),
        ("rotations x meshes, 16 frames", new(3, 60000, 3, Batch: 16, StrideA: 9, StrideB: 180000)),
    ];

    public static void Run(Workers workers, Yardstick yardstick, double seconds)
    {
        Console.WriteLine($"\n{"matrix product",-40} {"GFLOP/s",10} {"of peak",10} {"bytes allocated",16}");
        foreach (var (name, shape) in Large)
        {
            var timing = Measure(shape, workers, yardstick.Arithmetic, seconds);
            var operations = 2.0 * shape.Batch * shape.Rows * shape.Columns * shape.Inner;
            var ofPeak = timing.Ratio * operations / yardstick.Operations;
            Console.WriteLine($"{name,-40} {operations / timing.Best / 1e9,10:F1} {ofPeak,10:P0} {timing.AllocatedBytes,16}");
        }
        Console.WriteLine($"\n{"thin product",-40} {"GB/s",10} {"of a copy",10} {"bytes allocated",16}");
        foreach (var (name, shape) in Thin)
        {
            var timing = Measure(shape, workers, yardstick.CopyMemory, seconds);
            var bytes = sizeof(float) * (double)shape.Batch
                * ((double)shape.Rows * shape.Inner + (double)shape.Inner * shape.Columns + (double)shape.Rows * shape.Columns);
            var ofCopy = timing.Ratio * bytes / Yardstick.Bytes;
            Console.WriteLine($"{name,-40} {bytes / timing.Best / 1e9,10:F1} {ofCopy,10:P0} {timing.AllocatedBytes,16}");
        }
    }

    private static Timing Measure(MatrixShape shape, Workers workers, Action yardstick, double seconds)
    {
        using var a = new Memory((long)shape.Batch * shape.Rows * shape.Inner);
        using var b = new Memory((long)shape.Batch * shape.Inner * shape.Columns);
        using var c = new Memory((long)shape.Batch * shape.Rows * shape.Columns);
        return Timing.Of(() => Gemm.Multiply(shape, a.Data, b.Data, c.Data, workers), yardstick, seconds);
    }
}
