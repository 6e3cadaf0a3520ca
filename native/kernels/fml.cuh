// What every kernel may use. Kernels are compiled at run time, so no header of a CUDA toolkit is needed.
// A source may define the macro T, its element type, before this file: nothing here is called T.
#pragma once

// Numbers of elements and offsets: a tensor may have more than 2^31 elements.
typedef long long Index;

// The first item of this thread and the step to its next, where a one-dimensional grid strides over items.
static __device__ __forceinline__ Index first_item() { return (Index)blockIdx.x * blockDim.x + threadIdx.x; }
static __device__ __forceinline__ Index item_stride() { return (Index)gridDim.x * blockDim.x; }

// Sum and greatest over a warp, the same in every lane, always in the same order.
template <class Value> static __device__ __forceinline__ Value warp_sum(Value value)
{
    for (int lane = 16; lane > 0; lane >>= 1) value += __shfl_xor_sync(0xffffffffu, value, lane);
    return value;
}

template <class Value> static __device__ __forceinline__ Value warp_max(Value value)
{
    for (int lane = 16; lane > 0; lane >>= 1) {
        Value other = __shfl_xor_sync(0xffffffffu, value, lane);
        value = other > value ? other : value;
    }
    return value;
}

// Sums and products each rounded by itself, never fused into one: for what decides something and must come out as on the CPU.
static __device__ __forceinline__ float add_rn(float a, float b) { return __fadd_rn(a, b); }
static __device__ __forceinline__ float sub_rn(float a, float b) { return __fadd_rn(a, -b); }
static __device__ __forceinline__ float mul_rn(float a, float b) { return __fmul_rn(a, b); }
static __device__ __forceinline__ double add_rn(double a, double b) { return __dadd_rn(a, b); }
static __device__ __forceinline__ double sub_rn(double a, double b) { return __dadd_rn(a, -b); }
static __device__ __forceinline__ double mul_rn(double a, double b) { return __dmul_rn(a, b); }

// 16 bytes, moved in one access.
struct alignas(16) Bytes16 { int part[4]; };

static __device__ __forceinline__ bool is_aligned16(const void* address) { return ((unsigned long long)address & 15) == 0; }

// Sizes of an operation that slides a window over images [Batch,Height,Width,Channels]. The window of output (i,j) begins at input row
// i StrideY - Top and column j StrideX - Left, and may reach outside.
struct WindowShape {
    int Batch;        // images
    int Height;       // rows of an input image
    int Width;        // columns of an input image
    int Channels;     // channels of an input image
    int OutputHeight; // rows of an output image
    int OutputWidth;  // columns of an output image
    int KernelHeight; // rows of the window
    int KernelWidth;  // columns of the window
    int StrideY;      // input rows from one window to the next
    int StrideX;      // input columns from one window to the next
    int Top;          // rows of padding above
    int Left;         // columns of padding on the left
};
