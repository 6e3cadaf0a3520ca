using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fml.Native;

/// <summary>Copies of matrix blocks into the order in which the micro-kernel reads them.</summary>
internal static unsafe class Packing
{
    private const int PrefetchRows = 8;

    /// <summary>Lines of <paramref name="count"/> elements, <paramref name="stride"/> apart, to lines of <paramref name="width"/>, zero beyond count.</summary>
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
    /// <paramref name="rows"/> (at most 16) lines of <paramref name="depth"/> elements to <c>[depth][pitch]</c>; may spill up to 16 elements
    /// after each line of the target, the last included.
    /// </summary>
    public static void Transpose<T>(T* source, nint stride, int rows, int depth, T* target, nint pitch) where T : unmanaged
    {
        if (depth < 16 || typeof(T) != typeof(float) || !Avx512F.IsSupported)
        {
            TransposePlain(source, stride, rows, depth, target, pitch);
            return;
        }
        var k = 0;
        for (; k + 16 <= depth; k += 16) Transpose16.Run((float*)source + k, stride, rows, (float*)target + k * pitch, pitch);
        if (k < depth) Transpose16.Run((float*)source + depth - 16, stride, rows, (float*)target + (depth - 16) * pitch, pitch);
    }

    /// <summary>As <see cref="Transpose{T}"/> with lines padded by zeros to <paramref name="width"/>; nothing is spilled.</summary>
    public static void TransposeWide<T>(T* source, nint stride, int lines, int width, int depth, T* target) where T : unmanaged
    {
        if (lines == width && width % 16 == 0)
        {
            for (var i = 0; i < width; i += 16) Transpose(source + i * stride, stride, 16, depth, target + i, width);
            return;
        }
        TransposePlain(source, stride, lines, depth, target, width);
        for (var k = 0; k < depth; k++)
            for (var i = lines; i < width; i++) target[(nint)k * width + i] = default;
    }

    // Lines in fours, so that a line of the target is touched fewer times.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposePlain<T>(T* source, nint stride, int rows, int depth, T* target, nint pitch) where T : unmanaged
    {
        var i = 0;
        for (; i + 4 <= rows; i += 4, source += 4 * stride)
        {
            var t = target + i;
            for (var k = 0; k < depth; k++, t += pitch)
            {
                t[0] = source[k];
                t[1] = source[stride + k];
                t[2] = source[2 * stride + k];
                t[3] = source[3 * stride + k];
            }
        }
        for (; i < rows; i++, source += stride)
        {
            var t = target + i;
            for (var k = 0; k < depth; k++, t += pitch) *t = source[k];
        }
    }
}

/// <summary>The transpose of a 16 x 16 block of floats in registers (AVX-512).</summary>
internal static unsafe class Transpose16
{
    /// <summary>
    /// Reads 16 floats from each of <paramref name="rows"/> lines (the last stands in for missing ones) and writes 16 lines of 16 floats,
    /// <paramref name="pitch"/> apart and in ascending order, so that with a pitch below 16 a line overwrites what the one before it spilled.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* source, nint stride, int rows, float* target, nint pitch)
    {
        nint last = rows - 1;
        Unpack(source, stride, last, 0, out var a0, out var a1, out var a2, out var a3);
        Unpack(source, stride, last, 4, out var b0, out var b1, out var b2, out var b3);
        Unpack(source, stride, last, 8, out var c0, out var c1, out var c2, out var c3);
        Unpack(source, stride, last, 12, out var d0, out var d1, out var d2, out var d3);
        GatherLanes(a0, b0, c0, d0, out var r0, out var r4, out var r8, out var r12);
        GatherLanes(a1, b1, c1, d1, out var r1, out var r5, out var r9, out var r13);
        GatherLanes(a2, b2, c2, d2, out var r2, out var r6, out var r10, out var r14);
        GatherLanes(a3, b3, c3, d3, out var r3, out var r7, out var r11, out var r15);
        Put(target, pitch, r0, r1, r2, r3);
        Put(target + 4 * pitch, pitch, r4, r5, r6, r7);
        Put(target + 8 * pitch, pitch, r8, r9, r10, r11);
        Put(target + 12 * pitch, pitch, r12, r13, r14, r15);
    }

    // Four lines from `first` on, transposed within each 128-bit lane: output j holds elements j, 4+j, 8+j, 12+j of the four lines.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Unpack(float* source, nint stride, nint last, nint first,
        out Vector512<float> o0, out Vector512<float> o1, out Vector512<float> o2, out Vector512<float> o3)
    {
        var x = Vector512.Load(source + Math.Min(first, last) * stride);
        var y = Vector512.Load(source + Math.Min(first + 1, last) * stride);
        var z = Vector512.Load(source + Math.Min(first + 2, last) * stride);
        var w = Vector512.Load(source + Math.Min(first + 3, last) * stride);
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
