// A sparse matrix, in compressed rows, times vectors. The gradient is the same product with the transposed matrix.
#include "fml.cuh"

struct Sizes {
    int Batch;   // vectors
    int Rows;    // rows of the matrix, elements of a result
    int Columns; // columns of the matrix, elements of a vector
    int Entries; // stored entries of the matrix
};

#define VECTORS 8 // vectors of the batch that a thread multiplies at once, so that the matrix is read once for all of them

// The entries first, first + step, ... of a row times VECTORS vectors, of which `count` exist.
static __device__ __forceinline__ void multiply(
    const Sizes& p, const T* __restrict__ x, const int* __restrict__ column, const T* __restrict__ weight,
    int first, int end, int step, int count, T (&sum)[VECTORS])
{
#pragma unroll
    for (int v = 0; v < VECTORS; v++) sum[v] = 0;
    for (int k = first; k < end; k += step) {
        const T w = weight[k];
        const T* element = x + column[k];
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            if (v < count) sum[v] += w * element[(Index)v * p.Columns];
    }
}

// y[b,r] = sum_k weight[k] x[b,column[k]] over the entries k of row r, in their order: a thread a row (blocks along x) and 8 vectors (along
// y), for matrices of few entries a row. Floor: y written once; the matrix is read once for 8 vectors, x comes from the caches.
extern "C" __global__ void sparse_product(
    Sizes p, const T* x, const int* __restrict__ start, const int* column, const T* weight, T* __restrict__ y)
{
    const Index row = first_item();
    if (row >= p.Rows) return;
    const int begin = start[row], end = start[row + 1];
    for (Index b = (Index)blockIdx.y * VECTORS; b < p.Batch; b += (Index)gridDim.y * VECTORS) {
        const int count = (int)(p.Batch - b < VECTORS ? p.Batch - b : VECTORS);
        T sum[VECTORS];
        multiply(p, x + b * p.Columns, column, weight, begin, end, 1, count, sum);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            if (v < count) y[(b + v) * p.Rows + row] = sum[v];
    }
}

// The same with a warp a row, its lanes over the entries, their sums added in one order: for matrices of many entries a row, such as the
// transpose of a tall one.
extern "C" __global__ void sparse_product_long(
    Sizes p, const T* x, const int* __restrict__ start, const int* column, const T* weight, T* __restrict__ y)
{
    const Index row = first_item() >> 5;
    const int lane = threadIdx.x & 31;
    if (row >= p.Rows) return;
    const int begin = start[row], end = start[row + 1];
    for (Index b = (Index)blockIdx.y * VECTORS; b < p.Batch; b += (Index)gridDim.y * VECTORS) {
        const int count = (int)(p.Batch - b < VECTORS ? p.Batch - b : VECTORS);
        T sum[VECTORS];
        multiply(p, x + b * p.Columns, column, weight, begin + lane, end, 32, count, sum);
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const T total = warp_sum(sum[v]);
            if (v < count && lane == 0) y[(b + v) * p.Rows + row] = total;
        }
    }
}
