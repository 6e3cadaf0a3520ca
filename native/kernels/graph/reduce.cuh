// Reductions of generated expressions. Before it stand elementwise.cuh; value_at(sizes, inputs, outer, inside, column), an element of what
// is reduced; Greatest, 1 to take the greatest element and 0 to add; Unroll, the number of elements that a thread fetches at a time.
// Every order is decided by the sizes alone. Floor: the bytes of the inputs, read once.

// The iteration space is [kept..., reduced...] when rows run along reduced elements, [kept..., reduced..., last kept] when along kept ones.
struct ReduceSizes {
    MapSizes Map;       // the iteration space of the expression that is reduced
    int Outer;          // number of outputs that are not the row itself
    int Reduced;        // rows that are reduced into one output (or one row of outputs)
    int Inner;          // length of a row
    int AlongReduced;   // 1 when rows run along reduced elements, 0 when along kept ones
    int Segments;       // parts of the reduced rows on the CPU
    int CudaSegments;   // parts of the reduced elements here: each leaves a partial result, and these are combined in order
    int Lanes;          // threads of a block that share an output: a power of two
    int CombineLanes;   // threads of a block that share an output when partial results are combined: a power of two
};

static __device__ __forceinline__ Real identity() { return Greatest ? -infinity() : (Real)0; }
static __device__ __forceinline__ Real combine(Real a, Real b) { return Greatest ? maximum(a, b) : a + b; }

// Elements first, first + step, ... before end: Unroll sums side by side, so that as many loads are on their way.
template <class Element> static __device__ __forceinline__ Real combine_every(Size first, Size end, Size step, const Element& element)
{
    Real parts[Unroll];
    #pragma unroll
    for (int k = 0; k < Unroll; k++) parts[k] = identity();
    Size i = first;
    if (Unroll > 1) {
        for (; i + (Unroll - 1) * step < end; i += Unroll * step) {
            Real next[Unroll];
            #pragma unroll
            for (int k = 0; k < Unroll; k++) next[k] = element(i + k * step);
            #pragma unroll
            for (int k = 0; k < Unroll; k++) parts[k] = combine(parts[k], next[k]);
        }
    }
    for (; i < end; i += step) parts[0] = combine(parts[0], element(i));
    #pragma unroll
    for (int half = Unroll / 2; half > 0; half /= 2) {
        #pragma unroll
        for (int k = 0; k < half; k++) parts[k] = combine(parts[k], parts[k + half]);
    }
    return parts[0];
}

// Combines what neighbouring lanes hold: up to a warp by exchange, then the block's warps in order. All of a block take part.
static __device__ __forceinline__ Real combine_neighbours(Real value, int lanes)
{
    __shared__ Real warps[32];
    for (int half = (lanes < 32 ? lanes : 32) / 2; half > 0; half /= 2)
        value = combine(value, __shfl_xor_sync(0xffffffffu, value, half));
    if (lanes <= 32) return value;
    __syncthreads(); // the last use of warps is over
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
    __syncthreads();
    const int first = threadIdx.x / lanes * lanes / 32;
    value = warps[first];
    for (int warp = 1; warp < lanes / 32; warp++) value = combine(value, warps[first + warp]);
    return value;
}

// Combines what threads hold that are `columns` apart, as a tree. The result is in the first `columns` threads.
static __device__ __forceinline__ Real combine_apart(Real value, int lanes, int columns)
{
    __shared__ Real values[256];
    if (lanes == 1) return value;
    __syncthreads(); // the last use of values is over
    values[threadIdx.x] = value;
    for (int half = lanes / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half * columns) values[threadIdx.x] = combine(values[threadIdx.x], values[threadIdx.x + half * columns]);
    }
    return values[threadIdx.x];
}

// The elements of one output, counted over all its rows.
struct AlongElements {
    const MapSizes& sizes;
    const Inputs& inputs;
    Size outer;
    __device__ __forceinline__ Real operator()(Size i) const { return value_at(sizes, inputs, outer, i, 0); }
};

// The elements of one column of outputs, counted by rows.
struct AcrossElements {
    const MapSizes& sizes;
    const Inputs& inputs;
    Size outer, column;
    __device__ __forceinline__ Real operator()(Size i) const { return value_at(sizes, inputs, outer, i, column); }
};

// Partial results of one output.
struct PartialElements {
    const Real* partial;
    Index outputs, output;
    __device__ __forceinline__ Real operator()(Size i) const { return partial[i * outputs + output]; }
};

// Rows along reduced elements: neighbouring lanes take neighbouring elements of one output; blocks are [outputs, segments].
static __device__ __forceinline__ void reduce_along(const ReduceSizes& p, const Inputs& inputs, Real* target)
{
    const int lanes = p.Lanes, together = blockDim.x / lanes, lane = threadIdx.x % lanes;
    const Index count = (Index)p.Reduced * p.Inner, segment = blockIdx.y;
    const Size first = (Size)(count * segment / p.CudaSegments), end = (Size)(count * (segment + 1) / p.CudaSegments);
    for (Index job = blockIdx.x; job * together < p.Outer; job += gridDim.x) {
        const Index output = job * together + threadIdx.x / lanes;
        Real result = identity();
        if (output < p.Outer) result = combine_every(first + lane, end, (Size)lanes, AlongElements{p.Map, inputs, (Size)output});
        result = combine_neighbours(result, lanes);
        if (lane == 0 && output < p.Outer) target[segment * p.Outer + output] = result;
    }
}

// Rows along kept elements: neighbouring threads take neighbouring outputs, lanes take rows in turn; blocks are [columns of outputs, segments].
static __device__ __forceinline__ void reduce_across(const ReduceSizes& p, const Inputs& inputs, Real* target)
{
    const int lanes = p.Lanes, columns = blockDim.x / lanes, lane = threadIdx.x / columns;
    const Index segment = blockIdx.y, pieces = ((Index)p.Inner + columns - 1) / columns;
    const Size first = (Size)((Index)p.Reduced * segment / p.CudaSegments), end = (Size)((Index)p.Reduced * (segment + 1) / p.CudaSegments);
    for (Index job = blockIdx.x; job < p.Outer * pieces; job += gridDim.x) {
        const Index outer = job / pieces, column = job % pieces * columns + threadIdx.x % columns;
        Real result = identity();
        if (column < p.Inner)
            result = combine_every(first + lane, end, (Size)lanes, AcrossElements{p.Map, inputs, (Size)outer, (Size)column});
        result = combine_apart(result, lanes, columns);
        if (lane == 0 && column < p.Inner) target[(segment * p.Outer + outer) * p.Inner + column] = result;
    }
}

// Partial results [segments, outputs] into outputs.
static __device__ __forceinline__ void combine_segments(const ReduceSizes& p, const Real* partial, Real* target)
{
    const int lanes = p.CombineLanes, columns = blockDim.x / lanes, lane = threadIdx.x / columns;
    const Index outputs = (Index)p.Outer * (p.AlongReduced ? 1 : p.Inner);
    for (Index job = blockIdx.x; job * columns < outputs; job += gridDim.x) {
        const Index output = job * columns + threadIdx.x % columns;
        Real result = identity();
        if (output < outputs)
            result = combine_every((Size)lane, (Size)p.CudaSegments, (Size)lanes, PartialElements{partial, outputs, output});
        result = combine_apart(result, lanes, columns);
        if (lane == 0 && output < outputs) target[output] = result;
    }
}
