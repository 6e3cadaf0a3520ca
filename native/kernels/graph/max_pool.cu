// The greatest value in windows of images [Batch,Height,Width,Channels], channel by channel, and its gradient. Rows of images lie along
// the grid's y, the elements of a row along x with channels innermost, so that a warp reads whole lines.
#include "fml.cuh"

// y[n,i,j,c] = the greatest x in window (i,j) inside the image, NaN if any is: a thread an element of y.
// Floor: x and y once; windows that overlap read x again from the caches.
extern "C" __global__ void max_pool(WindowShape p, const T* __restrict__ images, T* __restrict__ greatest)
{
    const int item = blockIdx.x * blockDim.x + threadIdx.x, perRow = p.OutputWidth * p.Channels;
    if (item >= perRow) return;
    const int j = item / p.Channels, c = item - j * p.Channels;
    const int left = j * p.StrideX - p.Left;
    const int firstX = left > 0 ? left : 0, endX = left + p.KernelWidth < p.Width ? left + p.KernelWidth : p.Width;
    for (Index row = blockIdx.y; row < (Index)p.Batch * p.OutputHeight; row += gridDim.y) {
        const Index image = row / p.OutputHeight;
        const int top = (int)(row - image * p.OutputHeight) * p.StrideY - p.Top;
        const int firstY = top > 0 ? top : 0, endY = top + p.KernelHeight < p.Height ? top + p.KernelHeight : p.Height;
        T best = images[((image * p.Height + firstY) * p.Width + firstX) * p.Channels + c];
        for (int y = firstY; y < endY; y++) {
            const T* pixels = images + (image * p.Height + y) * p.Width * p.Channels + c;
            for (int x = firstX; x < endX; x++) {
                const T value = pixels[(Index)x * p.Channels];
                if (value > best || value != value) best = value;
            }
        }
        greatest[row * perRow + item] = best;
    }
}

// True when nothing before (y,x) in the window that begins at (top,left), in the order of rows and columns, has the value.
static __device__ __forceinline__ bool is_first(
    const WindowShape& p, const T* __restrict__ channel, T value, int top, int left, int y, int x)
{
    const int firstX = left > 0 ? left : 0, endX = left + p.KernelWidth < p.Width ? left + p.KernelWidth : p.Width;
    for (int row = top > 0 ? top : 0; row <= y; row++)
        for (int column = firstX; column < (row < y ? endX : x); column++)
            if (channel[((Index)row * p.Width + column) * p.Channels] == value) return false;
    return true;
}

// dx[n,y,x,c] = the sum of dy over the windows whose first greatest value lies at (y,x), in the windows' order: a thread an element of dx,
// which looks at the windows that hold it. Floor: x, y, dx once, dy in part; a window's values are looked at again where its greatest is met.
extern "C" __global__ void max_pool_gradient(
    WindowShape p, const T* __restrict__ images, const T* __restrict__ greatest, const T* __restrict__ adjoint, T* __restrict__ result)
{
    const int item = blockIdx.x * blockDim.x + threadIdx.x, perRow = p.Width * p.Channels;
    if (item >= perRow) return;
    const int x = item / p.Channels, c = item - x * p.Channels;
    const int beforeX = x + p.Left - p.KernelWidth; // the windows that end at or left of it begin here or before
    const int firstJ = beforeX < 0 ? 0 : beforeX / p.StrideX + 1;
    const int lastJ = (x + p.Left) / p.StrideX < p.OutputWidth ? (x + p.Left) / p.StrideX : p.OutputWidth - 1;
    for (Index row = blockIdx.y; row < (Index)p.Batch * p.Height; row += gridDim.y) {
        const Index image = row / p.Height;
        const int y = (int)(row - image * p.Height);
        const int beforeY = y + p.Top - p.KernelHeight;
        const int firstI = beforeY < 0 ? 0 : beforeY / p.StrideY + 1;
        const int lastI = (y + p.Top) / p.StrideY < p.OutputHeight ? (y + p.Top) / p.StrideY : p.OutputHeight - 1;
        const T value = images[row * perRow + item];
        const T* channel = images + image * p.Height * perRow + c;
        T sum = 0;
        for (int i = firstI; i <= lastI; i++)
            for (int j = firstJ; j <= lastJ; j++) {
                const Index window = ((image * p.OutputHeight + i) * p.OutputWidth + j) * p.Channels + c;
                if (greatest[window] == value && is_first(p, channel, value, i * p.StrideY - p.Top, j * p.StrideX - p.Left, y, x))
                    sum += adjoint[window];
            }
        result[row * perRow + item] = sum;
    }
}
