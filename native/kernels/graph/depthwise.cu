// Convolution of each channel of images [Batch,Height,Width,Channels] by a window of its own, weights [KernelHeight,KernelWidth,Channels],
// zeros outside, and both gradients. Channels are innermost everywhere, so that a warp reads whole lines.
#include "fml.cuh"

struct DepthwiseGradientSizes {
    WindowShape Window; // the convolution
    int Chunks;         // parts of the sum over all windows, each of so many windows in a row
};

#define COLUMNS 4 // results side by side that a thread makes, so that a weight is read once for all of them

// y[n,i,j,c] = sum_{k,l} x[n, i StrideY + k - Top, j StrideX + l - Left, c] w[k,l,c]: a thread 4 results of a row, rows along the grid's y.
// Floor: x and y once.
extern "C" __global__ void depthwise(WindowShape p, const T* __restrict__ images, const T* __restrict__ weights, T* __restrict__ result)
{
    const int item = blockIdx.x * blockDim.x + threadIdx.x;
    const int group = item / p.Channels, c = item - group * p.Channels, j = group * COLUMNS;
    if (j >= p.OutputWidth) return;
    for (Index row = blockIdx.y; row < (Index)p.Batch * p.OutputHeight; row += gridDim.y) {
        const Index image = row / p.OutputHeight;
        const int top = (int)(row - image * p.OutputHeight) * p.StrideY - p.Top;
        T sum[COLUMNS];
#pragma unroll
        for (int q = 0; q < COLUMNS; q++) sum[q] = 0;
        for (int k = top < 0 ? -top : 0; k < p.KernelHeight && top + k < p.Height; k++) {
            const T* pixels = images + (image * p.Height + top + k) * p.Width * p.Channels + c;
            for (int l = 0; l < p.KernelWidth; l++) {
                const T weight = weights[(k * p.KernelWidth + l) * p.Channels + c];
#pragma unroll
                for (int q = 0; q < COLUMNS; q++) {
                    const int x = (j + q) * p.StrideX + l - p.Left;
                    if ((unsigned)x < (unsigned)p.Width) sum[q] += pixels[(Index)x * p.Channels] * weight;
                }
            }
        }
#pragma unroll
        for (int q = 0; q < COLUMNS; q++)
            if (j + q < p.OutputWidth) result[(row * p.OutputWidth + j + q) * p.Channels + c] = sum[q];
    }
}

// dx[n,y,x,c] = sum_{k,l} dy[n,i,j,c] w[k,l,c] over the windows (i,j) that lay (k,l) on (y,x): a thread an element of dx, rows along the
// grid's y. The first k that a window can lay on y is found once; the others follow a stride apart, in ascending order.
// Floor: dy and dx once.
extern "C" __global__ void depthwise_input_gradient(
    WindowShape p, const T* __restrict__ adjoint, const T* __restrict__ weights, T* __restrict__ result)
{
    const int item = blockIdx.x * blockDim.x + threadIdx.x, perRow = p.Width * p.Channels;
    if (item >= perRow) return;
    const int x = item / p.Channels, c = item - x * p.Channels;
    const int nearJ = (x + p.Left) / p.StrideX, nearL = (x + p.Left) - nearJ * p.StrideX;
    for (Index row = blockIdx.y; row < (Index)p.Batch * p.Height; row += gridDim.y) {
        const Index image = row / p.Height;
        const int y = (int)(row - image * p.Height);
        const int nearI = (y + p.Top) / p.StrideY, nearK = (y + p.Top) - nearI * p.StrideY;
        T sum = 0;
        for (int k = nearK, i = nearI; k < p.KernelHeight && i >= 0; k += p.StrideY, i--) {
            if (i >= p.OutputHeight) continue;
            const T* windows = adjoint + (image * p.OutputHeight + i) * p.OutputWidth * p.Channels + c;
            for (int l = nearL, j = nearJ; l < p.KernelWidth && j >= 0; l += p.StrideX, j--)
                if (j < p.OutputWidth) sum += windows[(Index)j * p.Channels] * weights[(k * p.KernelWidth + l) * p.Channels + c];
        }
        result[row * perRow + item] = sum;
    }
}

// The part of a chunk in dw[k,l,c] = sum_{n,i,j} x[n, i StrideY + k - Top, j StrideX + l - Left, c] dy[n,i,j,c], into
// partial[chunk,k,l,c]: chunks along the grid's x, blocks of 32 channels along y, taps (k,l) along z. 8 warps take every eighth window of
// the chunk, lanes are channels; the warps' sums are added in order. Floor: x and dy once; the taps read them again from the L2 cache.
extern "C" __global__ void depthwise_weight_partials(
    DepthwiseGradientSizes sizes, const T* __restrict__ images, const T* __restrict__ adjoint, T* __restrict__ partial, T*)
{
    __shared__ T sums[8][32];
    const WindowShape& p = sizes.Window;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    const int taps = p.KernelHeight * p.KernelWidth;
    const Index windows = (Index)p.Batch * p.OutputHeight * p.OutputWidth;
    const Index length = (windows + sizes.Chunks - 1) / sizes.Chunks;
    const Index begin = blockIdx.x * length, end = begin + length < windows ? begin + length : windows;
    for (int first = blockIdx.y * 32; first < p.Channels; first += gridDim.y * 32)
        for (int tap = blockIdx.z; tap < taps; tap += gridDim.z) {
            const int k = tap / p.KernelWidth, l = tap - k * p.KernelWidth, c = first + lane;
            T sum = 0;
            if (c < p.Channels)
                for (Index window = begin + warp; window < end; window += 8) {
                    const Index row = window / p.OutputWidth, image = row / p.OutputHeight;
                    const int y = (int)(row - image * p.OutputHeight) * p.StrideY + k - p.Top;
                    const int x = (int)(window - row * p.OutputWidth) * p.StrideX + l - p.Left;
                    if ((unsigned)y < (unsigned)p.Height && (unsigned)x < (unsigned)p.Width)
                        sum += images[((image * p.Height + y) * p.Width + x) * p.Channels + c] * adjoint[window * p.Channels + c];
                }
            sums[warp][lane] = sum;
            __syncthreads();
            if (warp == 0 && c < p.Channels) {
                for (int other = 1; other < 8; other++) sum += sums[other][lane];
                partial[((Index)blockIdx.x * taps + tap) * p.Channels + c] = sum;
            }
            __syncthreads();
        }
}

// dw = the chunks' parts in order: a thread an element and step.
extern "C" __global__ void depthwise_weight_sum(
    DepthwiseGradientSizes sizes, const T*, const T*, const T* __restrict__ partial, T* __restrict__ result)
{
    const Index count = (Index)sizes.Window.KernelHeight * sizes.Window.KernelWidth * sizes.Window.Channels;
    for (Index item = first_item(); item < count; item += item_stride()) {
        T sum = 0;
        for (int chunk = 0; chunk < sizes.Chunks; chunk++) sum += partial[chunk * count + item];
        result[item] = sum;
    }
}
