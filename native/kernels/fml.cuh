// What every kernel may use. Kernels are compiled at run time, so no header of a CUDA toolkit is needed.
#pragma once

// Numbers of elements and offsets: a tensor may have more than 2^31 elements.
typedef long long Index;

// The first item of this thread and the step to its next, where a one-dimensional grid strides over items.
static __device__ __forceinline__ Index first_item() { return (Index)blockIdx.x * blockDim.x + threadIdx.x; }
static __device__ __forceinline__ Index item_stride() { return (Index)gridDim.x * blockDim.x; }

// Sum and greatest over a warp, the same in every lane, always in the same order.
template <class T> static __device__ __forceinline__ T warp_sum(T value)
{
    for (int lane = 16; lane > 0; lane >>= 1) value += __shfl_xor_sync(0xffffffffu, value, lane);
    return value;
}

template <class T> static __device__ __forceinline__ T warp_max(T value)
{
    for (int lane = 16; lane > 0; lane >>= 1) {
        T other = __shfl_xor_sync(0xffffffffu, value, lane);
        value = other > value ? other : value;
    }
    return value;
}
