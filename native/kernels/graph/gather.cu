// Picking along an axis by index, and its adjoint, adding by index. The large tensor is [Batch,Middle,Length,Inner], the small one
// [Batch,Middle,Count,Inner], indices are [Batch,Count].
#include "fml.cuh"

struct GatherSizes {
    int Batch;  // leading entries that have indices of their own
    int Middle; // entries between those and the axis
    int Length; // the axis that indices point into
    int Count;  // indices
    int Inner;  // elements behind the axis
};

// small[b,m,j,i] = large[b,m,index[b,j],i], zero where the index lies outside: a unit (an element, or 16 bytes of a row) a thread and
// step, in the order of the small tensor.
template <class Unit, class Number>
static __device__ __forceinline__ void pick(
    const GatherSizes& p, int inner, const Unit* __restrict__ large, const int* __restrict__ index, Unit* __restrict__ small)
{
    const Number units = (Number)p.Batch * p.Middle * p.Count * inner;
    for (Number unit = (Number)first_item(); unit < units; unit += (Number)item_stride()) {
        const Number row = unit / (Number)inner;
        const Number slab = row / (Number)p.Count;
        const int from = index[(Index)(slab / (Number)p.Middle) * p.Count + (row - slab * p.Count)];
        small[unit] = (unsigned)from < (unsigned)p.Length ? large[((Index)slab * p.Length + from) * inner + (unit - row * inner)] : Unit{};
    }
}

// Floor: the small tensor written, as many elements read (whole sectors of 32 bytes where Inner is small), the indices.
extern "C" __global__ void gather(GatherSizes p, const T* large, const int* index, T* small)
{
    const bool fits = (Index)p.Batch * p.Middle * p.Count * p.Inner < (1ll << 31);
    if ((Index)p.Inner * sizeof(T) % 16 == 0 && is_aligned16(large) && is_aligned16(small)) {
        const int inner = (int)((Index)p.Inner * sizeof(T) / 16);
        if (fits) pick<Bytes16, unsigned>(p, inner, (const Bytes16*)large, index, (Bytes16*)small);
        else pick<Bytes16, Index>(p, inner, (const Bytes16*)large, index, (Bytes16*)small);
    }
    else if (fits) pick<T, unsigned>(p, p.Inner, large, index, small);
    else pick<T, Index>(p, p.Inner, large, index, small);
}

#define SCATTER_THREADS 256
#define SCATTER_TILE 2048 // elements of the large tensor that a block makes

// large[b,m,index[b,j],i] += small[b,m,j,i] onto zeros, in ascending j. A block owns a tile of 2048 elements and keeps it in shared memory;
// element e of the tile belongs to thread e mod 256 from zero to the end, so nothing is added by two threads and sums have one order.
// The block reads the indices 256 at a time, lists those that point into its tile in their order, and adds their rows.
// Floor: the large tensor written once, the small one read once; beside it Count / 256 steps a tile over the indices.
extern "C" __global__ void scatter_add(GatherSizes p, const T* __restrict__ small, const int* __restrict__ index, T* __restrict__ large)
{
    __shared__ T sum[SCATTER_TILE];
    __shared__ int entry[SCATTER_THREADS];   // of the listed: its j
    __shared__ Index origin[SCATTER_THREADS]; // of the listed: where its row begins, counted from the tile's first element
    __shared__ int found[SCATTER_THREADS / 32]; // how many each warp found
    const int thread = threadIdx.x, lane = thread & 31, warp = thread >> 5;
    const Index slabSize = (Index)p.Length * p.Inner;
    const Index tiles = (slabSize + SCATTER_TILE - 1) / SCATTER_TILE;
    for (Index number = blockIdx.x; number < tiles * p.Batch * p.Middle; number += gridDim.x) {
        const Index slab = number / tiles;
        const Index start = (number - slab * tiles) * SCATTER_TILE;
        const int size = (int)(slabSize - start < SCATTER_TILE ? slabSize - start : SCATTER_TILE);
        const Index firstRow = start / p.Inner, lastRow = (start + size - 1) / p.Inner;
        const int* indices = index + slab / p.Middle * p.Count;
        for (int e = thread; e < size; e += SCATTER_THREADS) sum[e] = 0;
        for (Index chunk = 0; chunk < p.Count; chunk += SCATTER_THREADS) {
            const int j = (int)(chunk + thread < p.Count ? chunk + thread : p.Count - 1);
            const int row = indices[j];
            const bool here = chunk + thread < p.Count && row >= firstRow && row <= lastRow;
            const unsigned others = __ballot_sync(0xffffffffu, here);
            if (lane == 0) found[warp] = __popc(others);
            __syncthreads();
            int place = __popc(others & ((1u << lane) - 1)), listed = 0;
            for (int w = 0; w < SCATTER_THREADS / 32; w++) {
                if (w < warp) place += found[w];
                listed += found[w];
            }
            if (here) {
                entry[place] = j;
                origin[place] = (Index)row * p.Inner - start;
            }
            __syncthreads();
            for (int k = 0; k < listed; k++) {
                const Index from = origin[k];
                const int begin = from < 0 ? 0 : (int)from;
                const int end = from + p.Inner < size ? (int)(from + p.Inner) : size;
                const T* row = small + (slab * p.Count + entry[k]) * p.Inner - from;
                for (int e = begin + ((thread - begin) & (SCATTER_THREADS - 1)); e < end; e += SCATTER_THREADS) sum[e] += row[e];
            }
        }
        for (int e = thread; e < size; e += SCATTER_THREADS) large[slab * slabSize + start + e] = sum[e];
    }
}
