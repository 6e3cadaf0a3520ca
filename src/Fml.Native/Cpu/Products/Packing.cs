using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fml.Native;

/// <summary>Copies of matrix blocks into the order in which the micro-kernel reads them.</summary>
internal static unsafe class Packing
{
    private const int PrefetchRows = 8;

    /// <summary>
    /// Lines of <paramref name="count"/> elements, <paramref name="stride"/> apart, to lines of <paramref name="width"/>, zero beyond
    /// count.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(T* source, nint stride, int count, int width, int lines, T* target) where T : unmanaged
    {
        var vector = Vector512<T>.Count;
        if (count == width && width == 2 * vector)
        {
            for (; lines > 0; lines--, source += stride, target += width)
            {
                Prefetch.Near(source + PrefetchRows * stride);
                Prefetch.Near(source + PrefetchRows * stride + vector);
                Vector512.Load(source).Store(target);
                Vector512.Load(source + vector).Store(target + vector);
            }
            return;
        }
        // Whole vectors where reading and writing past the line does no harm: the next line overwrites it. Never on the last line.
        if (count == width && count <= vector && stride >= vector)
        {
            for (; lines > 1; lines--, source += stride, target += width)
            {
                Prefetch.Near(source + PrefetchRows * stride);
                Vector512.Load(source).Store(target);
            }
        }
        for (; lines > 0; lines--, source += stride, target += width)
        {
            for (var i = 0; i < count; i++) target[i] = source[i];
            for (var i = count; i < width; i++) target[i] = default;
        }
    }

    /// <summary>
    /// <paramref name="depth"/> elements from <paramref name="offset"/> on of <paramref name="rows"/> (at most 16) lines to
    /// <c>[depth][pitch]</c>; may spill up to 16 elements after each line of the target, the last included. Of the 16 addresses those
    /// past the rows repeat the last.
    /// </summary>
    public static void Transpose<T>(T** lines, long offset, int rows, int depth, T* target, nint pitch) where T : unmanaged
    {
        if (depth < 16 || typeof(T) != typeof(float) || !Avx512F.IsSupported)
        {
            TransposePlain(lines, offset, rows, depth, target, pitch);
            return;
        }
        var k = 0;
        for (; k + 16 <= depth; k += 16) Transpose16.Run((float**)lines, offset + k, (float*)target + k * pitch, pitch);
        if (k < depth) Transpose16.Run((float**)lines, offset + depth - 16, (float*)target + (depth - 16) * pitch, pitch);
    }

    /// <summary>
    /// As <see cref="Transpose{T}"/> for equidistant lines, padded by zeros to <paramref name="width"/>; nothing is spilled.
    /// </summary>
    public static void TransposeWide<T>(T* source, nint stride, int count, int width, int depth, T* target) where T : unmanaged
    {
        var lines = stackalloc T*[16];
        for (var i = 0; i < count; i += 16)
        {
            var rows = Math.Min(16, count - i);
            Lines(source + i * stride, stride, rows, lines);
            if (rows == 16 && width % 16 == 0) Transpose(lines, 0, rows, depth, target + i, width);
            else TransposePlain(lines, 0, rows, depth, target + i, width);
        }
        if (count == width) return;
        for (var k = 0; k < depth; k++)
            for (var i = count; i < width; i++) target[(nint)k * width + i] = default;
    }

    /// <summary>
    /// Runs of elements, one after the other; may spill up to 16 elements past the end of the target but reads nothing from
    /// <paramref name="end"/> on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather<T>(T* source, int runs, long* offsets, int* counts, T* end, T* target) where T : unmanaged
    {
        for (var run = 0; run < runs; run++)
        {
            var (from, count) = (offsets[run], counts[run]);
            if (count <= Vector512<T>.Count && source + from + Vector512<T>.Count <= end) Vector512.Load(source + from).Store(target);
            else
                for (var i = 0; i < count; i++) target[i] = source[from + i];
            target += count;
        }
    }

    /// <summary>The addresses of equidistant lines, the last repeated up to 16.</summary>
    public static void Lines<T>(T* source, nint stride, int rows, T** lines) where T : unmanaged
    {
        for (var i = 0; i < 16; i++) lines[i] = source + Math.Min(i, rows - 1) * stride;
    }

    // Lines in fours, so that a line of the target is touched fewer times.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposePlain<T>(T** lines, long offset, int rows, int depth, T* target, nint pitch) where T : unmanaged
    {
        var i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            T* t = target + i, a = lines[i] + offset, b = lines[i + 1] + offset, c = lines[i + 2] + offset, d = lines[i + 3] + offset;
            for (var k = 0; k < depth; k++, t += pitch)
            {
                t[0] = a[k];
                t[1] = b[k];
                t[2] = c[k];
                t[3] = d[k];
            }
        }
        for (; i < rows; i++)
        {
            T* t = target + i, a = lines[i] + offset;
            for (var k = 0; k < depth; k++, t += pitch) *t = a[k];
        }
    }
}

/// <summary>The transpose of a 16 x 16 block of floats in registers (AVX-512).</summary>
internal static unsafe class Transpose16
{
    /// <summary>
    /// Reads 16 floats at <paramref name="offset"/> of each of 16 lines and writes 16 lines of 16 floats, <paramref name="pitch"/> apart
    /// and in ascending order, so that with a pitch below 16 a line overwrites what the one before it spilled.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float** lines, long offset, float* target, nint pitch)
    {
        Unpack(lines, offset, out var a0, out var a1, out var a2, out var a3);
        Unpack(lines + 4, offset, out var b0, out var b1, out var b2, out var b3);
        Unpack(lines + 8, offset, out var c0, out var c1, out var c2, out var c3);
        Unpack(lines + 12, offset, out var d0, out var d1, out var d2, out var d3);
        GatherLanes(a0, b0, c0, d0, out var r0, out var r4, out var r8, out var r12);
        GatherLanes(a1, b1, c1, d1, out var r1, out var r5, out var r9, out var r13);
        GatherLanes(a2, b2, c2, d2, out var r2, out var r6, out var r10, out var r14);
        GatherLanes(a3, b3, c3, d3, out var r3, out var r7, out var r11, out var r15);
        Put(target, pitch, r0, r1, r2, r3);
        Put(target + 4 * pitch, pitch, r4, r5, r6, r7);
        Put(target + 8 * pitch, pitch, r8, r9, r10, r11);
        Put(target + 12 * pitch, pitch, r12, r13, r14, r15);
    }

    // Four lines, transposed within each 128-bit lane: output j holds elements j, 4+j, 8+j, 12+j of the four lines.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unpack(float** lines, long offset,
        out Vector512<float> o0, out Vector512<float> o1, out Vector512<float> o2, out Vector512<float> o3)
    {
        var x = Vector512.Load(lines[0] + offset);
        var y = Vector512.Load(lines[1] + offset);
        var z = Vector512.Load(lines[2] + offset);
        var w = Vector512.Load(lines[3] + offset);
        var xyLow = Avx512F.UnpackLow(x, y).AsDouble();
        var xyHigh = Avx512F.UnpackHigh(x, y).AsDouble();
        var zwLow = Avx512F.UnpackLow(z, w).AsDouble();
        var zwHigh = Avx512F.UnpackHigh(z, w).AsDouble();
        o0 = Avx512F.UnpackLow(xyLow, zwLow).AsSingle();
        o1 = Avx512F.UnpackHigh(xyLow, zwLow).AsSingle();
        o2 = Avx512F.UnpackLow(xyHigh, zwHigh).AsSingle();
        o3 = Avx512F.UnpackHigh(xyHigh, zwHigh).AsSingle();
    }

    // Lane l of x, y, z, w becomes output l.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GatherLanes(Vector512<float> x, Vector512<float> y, Vector512<float> z, Vector512<float> w,
        out Vector512<float> o0, out Vector512<float> o1, out Vector512<float> o2, out Vector512<float> o3)
    {
        var xyEven = Avx512F.Shuffle4x128(x, y, 0x88);
        var xyOdd = Avx512F.Shuffle4x128(x, y, 0xdd);
        var zwEven = Avx512F.Shuffle4x128(z, w, 0x88);
        var zwOdd = Avx512F.Shuffle4x128(z, w, 0xdd);
        o0 = Avx512F.Shuffle4x128(xyEven, zwEven, 0x88);
        o1 = Avx512F.Shuffle4x128(xyOdd, zwOdd, 0x88);
        o2 = Avx512F.Shuffle4x128(xyEven, zwEven, 0xdd);
        o3 = Avx512F.Shuffle4x128(xyOdd, zwOdd, 0xdd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* target, nint pitch, Vector512<float> x, Vector512<float> y, Vector512<float> z, Vector512<float> w)
    {
        x.Store(target);
        y.Store(target + pitch);
        z.Store(target + 2 * pitch);
        w.Store(target + 3 * pitch);
    }
}
