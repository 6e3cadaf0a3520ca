// The place of the greatest or least element of every row.
#include "fml.cuh"

struct Sizes {
    Index Rows;   // rows
    int Length;   // elements of a row, at least 1
    int Greatest; // 1 for the greatest, 0 for the least
};

// An element and its place.
struct Candidate { T value; int place; };

// True when a is to be chosen rather than b: a number rather than NaN, then by value, then the first.
static __device__ __forceinline__ bool precedes(const Candidate& a, const Candidate& b, int greatest)
{
    const bool aIsNumber = a.value == a.value, bIsNumber = b.value == b.value;
    if (aIsNumber != bIsNumber) return aIsNumber;
    if (!aIsNumber || a.value == b.value) return a.place < b.place;
    return greatest ? a.value > b.value : a.value < b.value;
}

// The best of elements first, first + step, ...; a thread behind the end takes the last element.
static __device__ __forceinline__ Candidate best_of(const Sizes& p, const T* __restrict__ row, int first, int step)
{
    const int start = first < p.Length ? first : p.Length - 1;
    Candidate best = {row[start], start};
    for (Index i = (Index)first + step; i < p.Length; i += step) {
        const Candidate other = {row[i], (int)i};
        if (precedes(other, best, p.Greatest)) best = other;
    }
    return best;
}

static __device__ __forceinline__ Candidate best_of_warp(Candidate best, int greatest)
{
    for (int lane = 16; lane > 0; lane >>= 1) {
        const Candidate other = {
            __shfl_xor_sync(0xffffffffu, best.value, lane), __shfl_xor_sync(0xffffffffu, best.place, lane)};
        if (precedes(other, best, greatest)) best = other;
    }
    return best;
}

// y[r] = the place of the best of x[r,:]: a warp a row and step. Floor: x read once.
extern "C" __global__ void arg_reduce(Sizes p, const T* x, int* y)
{
    const int lane = threadIdx.x & 31;
    for (Index row = first_item() >> 5; row < p.Rows; row += item_stride() >> 5) {
        const Candidate best = best_of_warp(best_of(p, x + row * p.Length, lane, 32), p.Greatest);
        if (lane == 0) y[row] = best.place;
    }
}

// The same for long rows: a block of 256 threads a row and step.
extern "C" __global__ void arg_reduce_long(Sizes p, const T* x, int* y)
{
    __shared__ T values[8];
    __shared__ int places[8];
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    for (Index row = blockIdx.x; row < p.Rows; row += gridDim.x) {
        Candidate best = best_of_warp(best_of(p, x + row * p.Length, threadIdx.x, 256), p.Greatest);
        if (lane == 0) {
            values[warp] = best.value;
            places[warp] = best.place;
        }
        __syncthreads();
        for (int w = 0; w < 8; w++) {
            const Candidate other = {values[w], places[w]};
            if (precedes(other, best, p.Greatest)) best = other;
        }
        if (threadIdx.x == 0) y[row] = best.place;
        __syncthreads();
    }
}
