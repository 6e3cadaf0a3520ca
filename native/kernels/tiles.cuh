// Products of matrices in tiles: C[rows, columns] = sum_k A[rows, k] B[k, columns], where A and B are whatever their loaders fetch. The
// element type is the macro T.
//
// A block makes one tile of C. It walks along k in slabs of 8: all threads fetch the next slab from memory into registers, multiply the
// slab that lies in shared memory, then put the fetched one beside it (two buffers, one barrier a slab). A warp makes 32 rows by 32 or 64
// columns: its lanes lie 4 by 8, and each keeps 8 by 4 or 8 by 8 sums in registers, so that a step of k costs a lane 3 or 4 reads of 128
// bits and 32 or 64 multiplications. Per slab and tile: 8 (ROWS + COLUMNS) elements read for 8 ROWS COLUMNS multiplications.
#pragma once
#include "mma.cuh"

#define SLAB 8

// Whether products are made on tensor cores; then two slabs are fetched at a time, since they are multiplied so fast.
static constexpr bool Tensor = TENSOR_CORES && sizeof(T) == sizeof(float);
static constexpr int Slabs = Tensor ? 2 : 1;

// Neighbouring elements that are moved together.
template <int COUNT> struct alignas(COUNT * sizeof(T) < 16 ? COUNT * sizeof(T) : 16) Pack { T at[COUNT]; };
typedef Pack<4> Four;

static __device__ __forceinline__ Four no_elements()
{
    Four four = {{(T)0, (T)0, (T)0, (T)0}};
    return four;
}

// A tile of ROWS x COLUMNS where a lane sums 8 rows x 4 FOURS columns.
template <int ROWS, int COLUMNS, int FOURS> struct Tile {
    static constexpr int Rows = ROWS, Columns = COLUMNS, Fours = FOURS;
    static constexpr int WarpColumns = 32 * FOURS;                         // columns of a warp
    static constexpr int WarpsAcross = COLUMNS / WarpColumns;
    static constexpr int Threads = 32 * (ROWS / 32) * WarpsAcross;
};

// A number as digits of mixed radix: number = (high * middles + middle) * lows + low. Adding a step carries once a digit at most.
struct Digits {
    int low, middle, high;
    static __device__ __forceinline__ Digits of(int number, int lows, int middles)
    {
        int rest = number / lows;
        Digits digits = {number - rest * lows, rest % middles, rest / middles};
        return digits;
    }
    // Says whether more than the lowest digit has changed.
    __device__ __forceinline__ bool add(const Digits& step, int lows, int middles)
    {
        low += step.low;
        bool carry = low >= lows;
        if (!carry && step.middle == 0 && step.high == 0) return false;
        middle += step.middle;
        high += step.high;
        if (carry) { low -= lows; middle++; }
        if (middle >= middles) { middle -= middles; high++; }
        return true;
    }
    __device__ __forceinline__ void add_one(int lows, int middles)
    {
        if (++low == lows) {
            low = 0;
            if (++middle == middles) { middle = 0; high++; }
        }
    }
};

// The part of 0 .. depth-1 that a segment sums; all but the last part begin and end with whole slabs.
struct Range {
    int first, end;
    static __device__ __forceinline__ Range of(int depth, int segment, int segments)
    {
        int slabs = (depth + SLAB - 1) / SLAB, length = (slabs + segments - 1) / segments * SLAB;
        long long first = (long long)segment * length, end = first + length;
        Range range = {(int)(first < depth ? first : depth), (int)(end < depth ? end : depth)};
        return range;
    }
};

// Slabs lie in shared memory as [SLAB][SIZE], with room between the rows so that accesses meet no bank twice.
template <int SIZE> struct Slab {
    static constexpr int Stride = SIZE + (Tensor ? 8 : 4);
    static constexpr int Fours = SLAB * Stride / 4;
};

// An element as it lies in shared memory.
static __device__ __forceinline__ T stored(T value)
{
#if TENSOR_CORES
    if constexpr (Tensor) return tensor_float(value);
#endif
    return value;
}

// How threads share the fetching of a slab from a matrix in which k is innermost: two threads an item, four k each.
template <int SIZE, int THREADS> struct DepthInner {
    static constexpr int Passes = (2 * SIZE + THREADS - 1) / THREADS;
    static __device__ __forceinline__ int item(int pass) { return threadIdx.x / 2 + pass * (THREADS / 2); }
    static __device__ __forceinline__ int depth() { return threadIdx.x % 2 * 4; }
    static __device__ __forceinline__ bool active(int pass) { return 2 * SIZE % THREADS == 0 || item(pass) < SIZE; }
    static __device__ __forceinline__ void put(const Four (&fetched)[Passes], T* slab)
    {
#pragma unroll
        for (int pass = 0; pass < Passes; pass++) {
            if (!active(pass)) continue;
#pragma unroll
            for (int i = 0; i < 4; i++) slab[(depth() + i) * Slab<SIZE>::Stride + item(pass)] = stored(fetched[pass].at[i]);
        }
    }
};

// The same for a matrix in which k is outermost: a thread takes four neighbouring items of one k.
template <int SIZE, int THREADS> struct DepthOuter {
    static constexpr int Quads = SIZE / 4, Passes = (SLAB * Quads + THREADS - 1) / THREADS;
    static __device__ __forceinline__ int item() { return threadIdx.x % Quads * 4; }
    static __device__ __forceinline__ int depth(int pass) { return (threadIdx.x + pass * THREADS) / Quads; }
    static __device__ __forceinline__ bool active(int pass) { return SLAB * Quads % THREADS == 0 || depth(pass) < SLAB; }
    static __device__ __forceinline__ void put(const Four (&fetched)[Passes], T* slab)
    {
#pragma unroll
        for (int pass = 0; pass < Passes; pass++) {
            if (!active(pass)) continue;
            Four four = fetched[pass];
#pragma unroll
            for (int i = 0; i < 4; i++) four.at[i] = stored(four.at[i]);
            *(Four*)(slab + depth(pass) * Slab<SIZE>::Stride + item()) = four;
        }
    }
};

// The sums of a lane: 8 rows (4 neighbours, and 4 that lie 16 further) by 4 columns (and 4 that lie 32 further).
template <class Shape, bool TENSOR = Tensor> struct Sums {
    T at[8][4 * Shape::Fours];

    static __device__ __forceinline__ int row() { return threadIdx.x / 32 / Shape::WarpsAcross * 32 + threadIdx.x % 32 / 8 * 4; }
    static __device__ __forceinline__ int column()
    {
        return threadIdx.x / 32 % Shape::WarpsAcross * Shape::WarpColumns + threadIdx.x % 8 * 4;
    }

    __device__ __forceinline__ void clear()
    {
#pragma unroll
        for (int r = 0; r < 8; r++)
#pragma unroll
            for (int c = 0; c < 4 * Shape::Fours; c++) at[r][c] = (T)0;
    }

    __device__ __forceinline__ void add(const T* a, const T* b)
    {
        a += row();
        b += column();
#pragma unroll
        for (int k = 0; k < SLAB; k++) {
            Four left[2], right[Shape::Fours];
#pragma unroll
            for (int i = 0; i < 2; i++) left[i] = *(const Four*)(a + k * Slab<Shape::Rows>::Stride + 16 * i);
#pragma unroll
            for (int i = 0; i < Shape::Fours; i++) right[i] = *(const Four*)(b + k * Slab<Shape::Columns>::Stride + 32 * i);
#pragma unroll
            for (int r = 0; r < 8; r++)
#pragma unroll
                for (int c = 0; c < 4 * Shape::Fours; c++) at[r][c] += left[r / 4].at[r % 4] * right[c / 4].at[c % 4];
        }
    }

    // Gives a target every sum of the tile, four neighbours at a time.
    template <class Target> __device__ __forceinline__ void write(const Target& target) const
    {
#pragma unroll
        for (int r = 0; r < 8; r++) {
            Index place = target.row(row() + r / 4 * 16 + r % 4);
            if (place < 0) continue;
#pragma unroll
            for (int i = 0; i < Shape::Fours; i++) {
                Four four = {{at[r][4 * i], at[r][4 * i + 1], at[r][4 * i + 2], at[r][4 * i + 3]}};
                target.put(place, column() + 32 * i, four);
            }
        }
    }
};

#if TENSOR_CORES

// The same on tensor cores: 2 by 4 FOURS tiles of 16 x 8 sums, kept by the warp together.
template <class Shape> struct Sums<Shape, true> {
    static constexpr int Across = 4 * Shape::Fours;
    float at[2][Across][4];

    static __device__ __forceinline__ int row() { return threadIdx.x / 32 / Shape::WarpsAcross * 32 + threadIdx.x % 32 / 4; }
    static __device__ __forceinline__ int column() { return threadIdx.x / 32 % Shape::WarpsAcross * Shape::WarpColumns; }

    __device__ __forceinline__ void clear()
    {
#pragma unroll
        for (int i = 0; i < 2; i++)
#pragma unroll
            for (int j = 0; j < Across; j++)
#pragma unroll
                for (int e = 0; e < 4; e++) at[i][j][e] = 0;
    }

    __device__ __forceinline__ void add(const float* a, const float* b)
    {
        __syncwarp(); // the lanes may have parted while they fetched
        int t = threadIdx.x % 4;
        float left[2][4];
#pragma unroll
        for (int i = 0; i < 2; i++)
#pragma unroll
            for (int e = 0; e < 4; e++) left[i][e] = a[(t + e / 2 * 4) * Slab<Shape::Rows>::Stride + row() + 16 * i + e % 2 * 8];
#pragma unroll
        for (int j = 0; j < Across; j++) {
            float right[2];
#pragma unroll
            for (int e = 0; e < 2; e++) right[e] = b[(t + 4 * e) * Slab<Shape::Columns>::Stride + column() + 8 * j + threadIdx.x % 32 / 4];
#pragma unroll
            for (int i = 0; i < 2; i++) tensor_multiply(at[i][j], left[i], right);
        }
    }

    template <class Target> __device__ __forceinline__ void write(const Target& target) const
    {
#pragma unroll
        for (int r = 0; r < 4; r++) {
            Index place = target.row(row() + 8 * r);
            if (place < 0) continue;
#pragma unroll
            for (int j = 0; j < Across; j++) {
                Pack<2> pair = {{at[r / 2][j][r % 2 * 2], at[r / 2][j][r % 2 * 2 + 1]}};
                target.put(place, column() + 8 * j + threadIdx.x % 4 * 2, pair);
            }
        }
    }
};

#endif

// Sums a tile over a range of k.
template <class Shape, class Left, class Right>
static __device__ __forceinline__ void multiply(Left& a, Right& b, Range range, Sums<Shape>& sums)
{
    __shared__ Four slabsA[2][Slabs][Slab<Shape::Rows>::Fours], slabsB[2][Slabs][Slab<Shape::Columns>::Fours];
    Four nextA[Slabs][Left::Passes], nextB[Slabs][Right::Passes];
    int buffer = 0;
    sums.clear();
    // Written so that each part stands once: the first turn only fetches, the last only adds.
#pragma unroll 1
    for (int k = range.first - Slabs * SLAB; k < range.end; k += Slabs * SLAB) {
        bool more = k + Slabs * SLAB < range.end;
        if (more) {
#pragma unroll
            for (int i = 0; i < Slabs; i++) {
                a.fetch(nextA[i]);
                b.fetch(nextB[i]);
            }
        }
        if (k >= range.first) {
#pragma unroll
            for (int i = 0; i < Slabs; i++) sums.add((T*)slabsA[buffer][i], (T*)slabsB[buffer][i]);
        }
        if (more) {
            buffer ^= 1;
#pragma unroll
            for (int i = 0; i < Slabs; i++) {
                Left::put(nextA[i], (T*)slabsA[buffer][i]);
                Right::put(nextB[i], (T*)slabsB[buffer][i]);
            }
            __syncthreads();
        }
    }
}
