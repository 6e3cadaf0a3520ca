using System.Collections.Immutable;

namespace Fml.Native;

/// <summary>
/// How a kernel of the family <c>tiles.cuh</c> cuts a product of matrices: into tiles of the result, one a block of threads, and the sum
/// behind each element into segments, whose parts are added in order afterwards.
/// </summary>
/// <param name="Rows">Rows of a tile.</param>
/// <param name="Columns">Columns of a tile.</param>
/// <param name="Segments">Parts of the sum; with more than one the kernel needs memory for all of them.</param>
public readonly record struct ProductTiling(int Rows, int Columns, int Segments)
{
    // What is counted with: multiprocessors, multiplications and bytes of memory a clock (an H100's; another device differs by little).
    private const int Multiprocessors = 132;
    private const double MultiplicationsPerClock = 128, BytesPerClock = 1900;

    private const int ClocksOfLaunch = 3000, ClocksOfBlock = 1500;
    private const int ShortestSegment = 64, LongestSegment = 16384, MostSegments = 128, MostParts = 1 << 25;

    private static readonly ImmutableArray<ProductTiling> Tiles = [new(128, 128, 1), new(64, 64, 1), new(128, 32, 1)];

    /// <summary>Threads of a block.</summary>
    public int Threads => (Rows, Columns) == (128, 128) ? 256 : 128;

    /// <summary>
    /// The cut that should take the least time, from the sizes alone, so that sums come out the same on every device. Large tiles read
    /// least; small ones and segments fill a device that has more multiprocessors than there are large tiles. No segment is longer than
    /// 16384, which keeps the rounding of f32 sums small; else the parts hold at most 2^25 elements.
    /// </summary>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="inner">Length of the sums.</param>
    /// <param name="copies">Number of such products that run together.</param>
    public static ProductTiling For(long rows, long columns, long inner, int copies = 1)
    {
        var fitting = MostParts / Math.Max(1, rows * columns * copies);
        var most = Math.Clamp(Math.Min(inner / ShortestSegment, fitting), 1, MostSegments);
        var least = Math.Clamp(Quotient(inner, LongestSegment), 1, MostSegments);
        most = Math.Max(most, least);
        var cuts = from tile in Tiles from segments in Enumerable.Range((int)least, (int)(most - least + 1)) select tile with { Segments = segments };
        return cuts.MinBy(cut => cut.Clocks(rows, columns, inner, copies));
    }

    /// <summary>Blocks of threads that one segment takes.</summary>
    public int Blocks(long rows, long columns, int copies = 1) => checked((int)(Quotient(rows, Rows) * Quotient(columns, Columns) * copies));

    // An estimate. Warps that share a scheduler hide each other's waiting; with 4 of them 4/5 of the rate are left.
    private double Clocks(long rows, long columns, long inner, int copies)
    {
        var large = Threads == 256;
        var busiest = Quotient(Quotient(rows, Rows) * Quotient(columns, Columns) * copies * Segments, Multiprocessors);
        var warps = Math.Min(busiest, large ? 2 : 4) * Threads / 128.0;
        var rate = (large ? 1 : 0.85) * MultiplicationsPerClock * warps / (warps + 1);
        var products = busiest * ((double)Rows * Columns * Quotient(inner, Segments) / rate + ClocksOfBlock / warps);
        var combining = Segments == 1 ? 0 : ClocksOfLaunch + (2.0 * Segments + 1) * sizeof(float) * rows * columns * copies / BytesPerClock;
        return products + combining;
    }

    private static long Quotient(long count, long size) => (count + size - 1) / size;
}
