namespace Fml.Native;

/// <summary>Images in a frame of zeros, so that every window lies inside and each of its rows is one run of memory.</summary>
internal readonly unsafe struct PaddedImages<T> where T : unmanaged
{
    private const int SlackElements = 16; // that may be read past the end

    private PaddedImages(T* data, int height, int width, int channels, T* end)
    {
        Data = data;
        End = end;
        Channels = channels;
        RowPitch = (long)width * channels;
        ImagePitch = height * RowPitch;
    }

    public T* Data { get; }

    public int Channels { get; }

    public long RowPitch { get; }

    public long ImagePitch { get; }

    /// <summary>Nothing may be read from here on.</summary>
    public T* End { get; }

    /// <summary>
    /// Images [batch,height,width,channels] inside zeros: <paramref name="top"/> rows above, <paramref name="left"/> columns before, cut or
    /// filled up to the padded size. Without padding the images themselves; else a copy in the caller's scratch memory.
    /// </summary>
    public static PaddedImages<T> Of(
        T* images, int batch, int height, int width, int channels, int top, int left, int paddedHeight, int paddedWidth, Workers workers)
    {
        if (top == 0 && left == 0 && paddedHeight <= height && paddedWidth <= width)
            return new PaddedImages<T>(images, height, width, channels, images + (long)batch * height * width * channels);
        var count = (long)batch * paddedHeight * paddedWidth * channels;
        var data = Scratch.Get<T>(ScratchUse.PaddedImages, count + SlackElements);
        workers.For(batch * paddedHeight, new CopyWork(images, data, height, width, channels, top, left, paddedHeight, paddedWidth));
        return new PaddedImages<T>(data, paddedHeight, paddedWidth, channels, data + count + SlackElements);
    }

    /// <summary>One row of one padded image.</summary>
    private readonly struct CopyWork(
        T* source, T* target, int height, int width, int channels, int top, int left, int paddedHeight, int paddedWidth) : IWork
    {
        public void Run(int index)
        {
            var (image, y) = (index / paddedHeight, index % paddedHeight - top);
            var row = new Span<T>(target + (long)index * paddedWidth * channels, paddedWidth * channels);
            var copied = Math.Min(width, paddedWidth - left) * channels;
            if (y < 0 || y >= height || copied <= 0)
            {
                row.Clear();
                return;
            }
            row[..(left * channels)].Clear();
            new Span<T>(source + ((long)image * height + y) * width * channels, copied).CopyTo(row[(left * channels)..]);
            row[(left * channels + copied)..].Clear();
        }
    }
}

/// <summary>
/// Windows of padded images as a matrix that is never stored: row r is the window of output pixel r (image, y, x), its elements in the
/// order (window row, window column, channel), so that a window row is one run of memory.
/// </summary>
internal readonly unsafe struct WindowRows<T>(
    PaddedImages<T> images, int outputHeight, int outputWidth, int kernelWidth, int strideY, int strideX, int startY, int startX)
    : ILeftOperand<T>
    where T : unmanaged
{
    private readonly int run = kernelWidth * images.Channels;

    /// <summary>Elements of a row of the window.</summary>
    public int Run => run;

    public long RowPitch => images.RowPitch;

    public T* End => images.End;

    /// <summary>Addresses of the windows of some output pixels.</summary>
    public void Addresses(int first, int count, T** windows)
    {
        var (y, x) = Math.DivRem(first, outputWidth);
        (var image, y) = Math.DivRem(y, outputHeight);
        for (var i = 0; i < count; i++)
        {
            windows[i] = images.Data + image * images.ImagePitch
                + (long)(y * strideY + startY) * images.RowPitch + (x * strideX + startX) * images.Channels;
            if (++x < outputWidth) continue;
            x = 0;
            if (++y < outputHeight) continue;
            (y, image) = (0, image + 1);
        }
    }

    public void Pack(int row, int rows, int inner, int depth, T* target)
    {
        var windows = stackalloc T*[16];
        Addresses(row, rows, windows);
        for (var i = rows; i < 16; i++) windows[i] = windows[rows - 1];
        while (depth > 0)
        {
            var (y, x) = Math.DivRem(inner, run);
            var count = Math.Min(depth, run - x);
            Packing.Transpose(windows, y * images.RowPitch + x, rows, count, target, rows);
            inner += count;
            depth -= count;
            target += count * rows;
        }
    }
}

/// <summary>
/// The transpose of <see cref="WindowRows{T}"/>: a row is one element of the window, the inner dimension runs over output pixels.
/// </summary>
internal readonly unsafe struct WindowColumns<T>(WindowRows<T> windows) : ILeftOperand<T>
    where T : unmanaged
{
    private const int Chunk = 64; // pixels whose addresses are made at a time

    public void Pack(int row, int rows, int inner, int depth, T* target)
    {
        // The elements fall into runs, of which there are as many as rows at most.
        var offsets = stackalloc long[16];
        var counts = stackalloc int[16];
        var runs = 0;
        for (int k = row, left = rows; left > 0; runs++)
        {
            var (y, x) = Math.DivRem(k, windows.Run);
            offsets[runs] = y * windows.RowPitch + x;
            counts[runs] = Math.Min(left, windows.Run - x);
            (k, left) = (k + counts[runs], left - counts[runs]);
        }
        var addresses = stackalloc T*[Chunk];
        var end = windows.End;
        for (; depth > 0; inner += Chunk, depth -= Chunk)
        {
            var pixels = Math.Min(depth, Chunk);
            windows.Addresses(inner, pixels, addresses);
            for (var i = 0; i < pixels; i++, target += rows) Packing.Gather(addresses[i], runs, offsets, counts, end, target);
        }
    }
}
