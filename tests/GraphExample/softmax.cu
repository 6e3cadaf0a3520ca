#include "fml.cuh"

struct SoftmaxSizes {
    long long Rows;  // number of rows
    int Columns;     // length of a row, at least 1
};

// A warp a row: the greatest value, the sum of exponentials, the quotients. T is float or double.
extern "C" __global__ void softmax(SoftmaxSizes sizes, const T* x, T* y)
{
    Index row = (Index)blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
    int lane = threadIdx.x % 32;
    if (row >= sizes.Rows) return;
    x += row * sizes.Columns;
    y += row * sizes.Columns;
    T greatest = x[0], sum = 0;
    for (int i = lane; i < sizes.Columns; i += 32) greatest = x[i] > greatest ? x[i] : greatest;
    greatest = warp_max(greatest);
    for (int i = lane; i < sizes.Columns; i += 32) sum += y[i] = exp(x[i] - greatest);
    sum = warp_sum(sum);
    for (int i = lane; i < sizes.Columns; i += 32) y[i] /= sum;
}
