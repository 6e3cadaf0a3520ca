// Convolution of images [n, height, width, channels] by weights [kernel height, kernel width, channels, outputs], and its two gradients,
// each as one product of matrices of which neither the windows nor their adjoints are ever laid out in memory:
//
//                   rows of C                      columns of C   k
//   forward         output pixels                  outputs        window's elements (row, column, channel)
//   input gradient  input pixels of one phase      channels       window's elements that the phase meets, outputs
//   weight gradient window's elements              outputs        output pixels
//
// 2 rows columns k floating-point operations. Each tile of C is one block (tiles.cuh). Where the tiles alone would not fill a device, the
// sum over k is cut into segments (gridDim.z), each of which writes its own part; `combine` then adds the parts in their order.
//
// Numbers of pixels and of a window's elements are below 2^31; numbers of elements of a tensor need not be.
#include "convolution.cuh"

// Rows are the window's elements (row, column, channel), k the windows (image, row, column).
template <class Shape> struct WindowColumns : DepthOuter<Shape::Rows, Shape::Threads> {
    typedef DepthOuter<Shape::Rows, Shape::Threads> Sharing;
    Images images;
    const WindowShape& w;
    int end, rows, row, k;
    Digits element, step;
    Digits window[Sharing::Passes];

    __device__ __forceinline__ WindowColumns(const Images& images, const WindowShape& w, int first_row, int rows, Range range)
        : images(images), w(w), end(range.end), rows(rows), row(first_row + Sharing::item()), k(range.first),
          element(Digits::of(row, w.Channels, w.KernelWidth)), step(Digits::of(SLAB, w.OutputWidth, w.OutputHeight))
    {
#pragma unroll
        for (int pass = 0; pass < Sharing::Passes; pass++)
            window[pass] = Digits::of(range.first + Sharing::depth(pass), w.OutputWidth, w.OutputHeight);
    }

    __device__ __forceinline__ void fetch(Four (&next)[Sharing::Passes])
    {
#pragma unroll
        for (int pass = 0; pass < Sharing::Passes; pass++) {
            bool known = k + Sharing::depth(pass) < end;
            int first = window[pass].high * images.height * images.width;
            int y = window[pass].middle * w.StrideY - w.Top, x = window[pass].low * w.StrideX - w.Left;
            if (images.packed) {
                int py = y + element.high, px = x + element.middle;
                bool held = known && row < rows && images.hold(py, px);
                next[pass] = held ? *(const Four*)(images.pixel(first, py, px) + element.low) : no_elements();
            } else {
                Digits each = element;
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    int py = y + each.high, px = x + each.middle;
                    bool held = known && row + i < rows && images.hold(py, px);
                    next[pass].at[i] = held ? images.pixel(first, py, px)[each.low] : (T)0;
                    each.add_one(images.channels, w.KernelWidth);
                }
            }
            window[pass].add(step, w.OutputWidth, w.OutputHeight);
        }
        k += SLAB;
    }
};

// One axis of the images as the input gradient sees it: the inputs first + i stride, i < count, are those that meet the window's elements
// phase, phase + stride, ...; `taps` of them. The last of these is met in output start + i, the one before it in the next, and so on.
struct Phase {
    int first, count, taps, start;

    __device__ __forceinline__ Phase(int phase, int size, int kernel, int stride, int padding)
    {
        first = ((phase - padding) % stride + stride) % stride;
        count = first < size ? (size - 1 - first) / stride + 1 : 0;
        taps = phase < kernel ? (kernel - 1 - phase) / stride + 1 : 0;
        start = (first + padding - phase) / stride - (taps - 1);
    }
};

// The weights that a phase meets, last tap first, as a matrix [(tap row, tap column, output), channel].
template <class Shape> struct ReversedWeights : DepthInner<Shape::Columns, Shape::Threads> {
    typedef DepthInner<Shape::Columns, Shape::Threads> Sharing;
    const T* weights; // of the last tap
    const T* row;     // of the tap
    Index step_row, step_column;
    int outputs, taps, channels, channel, end, k;
    Digits place, step;
    bool packed;

    __device__ __forceinline__ ReversedWeights(
        const T* weights, const ConvolutionShape& s, int phase_y, int phase_x, int taps_y, int taps_x, int first_channel, Range range)
        : outputs(s.OutputChannels), taps(taps_x), channels(s.Window.Channels), channel(first_channel), end(range.end),
          k(range.first + Sharing::depth()), place(Digits::of(k, outputs, taps)), step(Digits::of(SLAB, outputs, taps)),
          packed(outputs % 4 == 0 && is_aligned16(weights))
    {
        Index tap = (Index)channels * outputs;
        step_column = s.Window.StrideX * tap;
        step_row = s.Window.StrideY * s.Window.KernelWidth * tap;
        this->weights = weights + phase_y * s.Window.KernelWidth * tap + phase_x * tap + (taps_y - 1) * step_row + (taps_x - 1) * step_column;
        row = tap_of(place);
    }

    __device__ __forceinline__ const T* tap_of(const Digits& d) const { return weights - d.high * step_row - d.middle * step_column; }

    __device__ __forceinline__ void fetch(Four (&next)[Sharing::Passes])
    {
#pragma unroll
        for (int pass = 0; pass < Sharing::Passes; pass++) {
            int item = channel + Sharing::item(pass);
            bool known = item < channels && Sharing::active(pass);
            if (packed) {
                next[pass] = known && k < end ? *(const Four*)(row + (Index)item * outputs + place.low) : no_elements();
            } else {
                Digits each = place;
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    next[pass].at[i] = known && k + i < end ? tap_of(each)[(Index)item * outputs + each.low] : (T)0;
                    each.add_one(outputs, taps);
                }
            }
        }
        if (place.add(step, outputs, taps)) row = tap_of(place);
        k += SLAB;
    }
};

// The same where the rows are the pixels of a phase.
struct PhaseTarget : PlainTarget {
    WindowShape w;
    Phase y, x;

    __device__ __forceinline__ PhaseTarget(T* at, const WindowShape& w, Phase y, Phase x, int first_row, int first_column)
        : PlainTarget(at, w.Batch * y.count * x.count, w.Channels, first_row, first_column), w(w), y(y), x(x) {}

    __device__ __forceinline__ Index row(int row) const
    {
        if (first_row + row >= rows) return -1;
        Digits d = Digits::of(first_row + row, x.count, y.count);
        int pixel = (d.high * w.Height + y.first + d.middle * w.StrideY) * w.Width + x.first + d.low * w.StrideX;
        return (Index)pixel * columns;
    }
};

template <class Shape>
static __device__ __forceinline__ void forward(const ConvolutionShape& s, const T* images, const T* weights, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    int rows = w.Batch * w.OutputHeight * w.OutputWidth, columns = s.OutputChannels;
    int tiles = (columns + Shape::Columns - 1) / Shape::Columns;
    int first_row = blockIdx.x / tiles * Shape::Rows, first_column = blockIdx.x % tiles * Shape::Columns;
    Range range = Range::of(w.KernelHeight * w.KernelWidth * w.Channels, blockIdx.z, gridDim.z);

    WindowRows<Shape> a(Images(images, w.Height, w.Width, w.Channels), w.KernelWidth, range);
#pragma unroll
    for (int pass = 0; pass < a.Passes; pass++) {
        int row = first_row + a.item(pass);
        Digits d = Digits::of(row, w.OutputWidth, w.OutputHeight);
        if (row < rows) a.window(pass, d.high, d.middle * w.StrideY - w.Top, d.low * w.StrideX - w.Left);
        else a.no_window(pass);
    }
    PlainColumns<Shape> b(weights, columns, first_column, range);
    Sums<Shape> sums;
    multiply(a, b, range, sums);
    sums.write(PlainTarget(part(result, parts, (Index)rows * columns), rows, columns, first_row, first_column));
}

// Blocks are ordered (phase row, phase column, tile of rows, tile of columns); phases with fewer pixels than the largest leave some idle.
template <class Shape>
static __device__ __forceinline__ void input_gradient(const ConvolutionShape& s, const T* adjoint, const T* weights, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    int largest = w.Batch * ((w.Height + w.StrideY - 1) / w.StrideY) * ((w.Width + w.StrideX - 1) / w.StrideX);
    int tiles = (w.Channels + Shape::Columns - 1) / Shape::Columns, tiles_down = (largest + Shape::Rows - 1) / Shape::Rows;
    Digits block = Digits::of(blockIdx.x, tiles, tiles_down);
    int first_row = block.middle * Shape::Rows, first_column = block.low * Shape::Columns;
    int phase_y = block.high / w.StrideX, phase_x = block.high % w.StrideX;
    Phase y(phase_y, w.Height, w.KernelHeight, w.StrideY, w.Top), x(phase_x, w.Width, w.KernelWidth, w.StrideX, w.Left);
    if (first_row >= w.Batch * y.count * x.count) return;
    Range range = Range::of(y.taps * x.taps * s.OutputChannels, blockIdx.z, gridDim.z);

    PhaseTarget target(part(result, parts, (Index)w.Batch * w.Height * w.Width * w.Channels), w, y, x, first_row, first_column);
    int taps_x = x.taps > 0 ? x.taps : 1;
    WindowRows<Shape> a(Images(adjoint, w.OutputHeight, w.OutputWidth, s.OutputChannels), taps_x, range);
#pragma unroll
    for (int pass = 0; pass < a.Passes; pass++) {
        int row = first_row + a.item(pass);
        Digits d = Digits::of(row, x.count, y.count);
        if (row < target.rows) a.window(pass, d.high, y.start + d.middle, x.start + d.low);
        else a.no_window(pass);
    }
    ReversedWeights<Shape> b(weights, s, phase_y, phase_x, y.taps, taps_x, first_column, range);
    Sums<Shape> sums;
    multiply(a, b, range, sums);
    sums.write(target);
}

template <class Shape>
static __device__ __forceinline__ void weight_gradient(const ConvolutionShape& s, const T* images, const T* adjoint, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    int rows = w.KernelHeight * w.KernelWidth * w.Channels, columns = s.OutputChannels;
    int tiles = (columns + Shape::Columns - 1) / Shape::Columns;
    int first_row = blockIdx.x / tiles * Shape::Rows, first_column = blockIdx.x % tiles * Shape::Columns;
    Range range = Range::of(w.Batch * w.OutputHeight * w.OutputWidth, blockIdx.z, gridDim.z);

    WindowColumns<Shape> a(Images(images, w.Height, w.Width, w.Channels), w, first_row, rows, range);
    PlainColumns<Shape> b(adjoint, columns, first_column, range);
    Sums<Shape> sums;
    multiply(a, b, range, sums);
    sums.write(PlainTarget(part(result, parts, (Index)rows * columns), rows, columns, first_row, first_column));
}

extern "C" __global__ void __launch_bounds__(256, sizeof(T) == 4 ? 2 : 1)
    forward_128x128(ConvolutionShape s, const T* images, const T* weights, T* result, T* parts)
{
    forward<Large>(s, images, weights, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) forward_64x64(ConvolutionShape s, const T* images, const T* weights, T* result, T* parts)
{
    forward<Small>(s, images, weights, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) forward_128x32(ConvolutionShape s, const T* images, const T* weights, T* result, T* parts)
{
    forward<Narrow>(s, images, weights, result, parts);
}

extern "C" __global__ void forward_combine(ConvolutionShape s, const T* images, const T* weights, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    combine((Index)w.Batch * w.OutputHeight * w.OutputWidth * s.OutputChannels, s.Tiling.Segments, parts, result);
}

extern "C" __global__ void __launch_bounds__(256, sizeof(T) == 4 ? 2 : 1)
    input_gradient_128x128(ConvolutionShape s, const T* adjoint, const T* weights, T* result, T* parts)
{
    input_gradient<Large>(s, adjoint, weights, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) input_gradient_64x64(ConvolutionShape s, const T* adjoint, const T* weights, T* result, T* parts)
{
    input_gradient<Small>(s, adjoint, weights, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) input_gradient_128x32(ConvolutionShape s, const T* adjoint, const T* weights, T* result, T* parts)
{
    input_gradient<Narrow>(s, adjoint, weights, result, parts);
}

extern "C" __global__ void input_gradient_combine(ConvolutionShape s, const T* adjoint, const T* weights, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    combine((Index)w.Batch * w.Height * w.Width * w.Channels, s.Tiling.Segments, parts, result);
}

extern "C" __global__ void __launch_bounds__(256, sizeof(T) == 4 ? 2 : 1)
    weight_gradient_128x128(ConvolutionShape s, const T* images, const T* adjoint, T* result, T* parts)
{
    weight_gradient<Large>(s, images, adjoint, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) weight_gradient_64x64(ConvolutionShape s, const T* images, const T* adjoint, T* result, T* parts)
{
    weight_gradient<Small>(s, images, adjoint, result, parts);
}

extern "C" __global__ void __launch_bounds__(128, 4) weight_gradient_128x32(ConvolutionShape s, const T* images, const T* adjoint, T* result, T* parts)
{
    weight_gradient<Narrow>(s, images, adjoint, result, parts);
}

extern "C" __global__ void weight_gradient_combine(ConvolutionShape s, const T* images, const T* adjoint, T* result, T* parts)
{
    const WindowShape& w = s.Window;
    combine((Index)w.KernelHeight * w.KernelWidth * w.Channels * s.OutputChannels, s.Tiling.Segments, parts, result);
}
