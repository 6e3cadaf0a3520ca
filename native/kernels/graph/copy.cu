// Copies between strided tensors, behind materialised views, concatenation and padding; and memory filled with zeros.
#include "fml.cuh"

// Sizes of a copy between two strided tensors of the same shape; strides and offsets count elements.
struct StridedCopySizes {
    int Rank;               // dimensions, at least 1
    int ElementSize;        // bytes of an element: 1, 4 or 8
    int SwappedAxis;        // the axis that the source walks without a gap while the target walks the last one so; -1 if none
    int Dimensions[8];      // the common dimensions
    Index SourceStrides[8]; // strides of what is read
    Index TargetStrides[8]; // strides of what is written
    Index SourceOffset;     // first element read
    Index TargetOffset;     // first element written
};

struct Sizes {
    Index ByteCount; // bytes to clear
};

static __device__ __forceinline__ Index product(const StridedCopySizes& p, int axes)
{
    Index count = 1;
    for (int axis = 0; axis < axes; axis++) count *= p.Dimensions[axis];
    return count;
}

// True when rows can move 16 bytes at a time: no gaps along the last axis, and every row begins and ends on 16 bytes on both sides.
static __device__ __forceinline__ bool moves_16(const StridedCopySizes& p, const char* source, const char* target)
{
    const int last = p.Rank - 1;
    if (p.SourceStrides[last] != 1 || p.TargetStrides[last] != 1) return false;
    Index odd = p.Dimensions[last];
    for (int axis = 0; axis < last; axis++) odd |= p.SourceStrides[axis] | p.TargetStrides[axis];
    return ((odd * p.ElementSize) & 15) == 0
        && is_aligned16(source + p.SourceOffset * p.ElementSize) && is_aligned16(target + p.TargetOffset * p.ElementSize);
}

// A unit (an element, or 16 bytes of a row) a thread and step, in the target's order; numbers of units are of type Number.
template <class Unit, class Number>
static __device__ __forceinline__ void copy_units(const StridedCopySizes& p, const char* __restrict__ source, char* __restrict__ target)
{
    const int last = p.Rank - 1, size = p.ElementSize;
    const Number inner = (Number)((Index)p.Dimensions[last] * size / sizeof(Unit));
    const Index sourceStep = sizeof(Unit) == 16 ? 16 : p.SourceStrides[last] * size;
    const Index targetStep = sizeof(Unit) == 16 ? 16 : p.TargetStrides[last] * size;
    const Number units = (Number)(product(p, last) * inner);
    for (Number unit = (Number)first_item(); unit < units; unit += (Number)item_stride()) {
        Number rest = unit / inner;
        Index from = p.SourceOffset * size + (unit - rest * inner) * sourceStep;
        Index to = p.TargetOffset * size + (unit - rest * inner) * targetStep;
        for (int axis = last - 1; axis >= 0; axis--) {
            const Number outer = rest / (Number)p.Dimensions[axis];
            const Index index = rest - outer * (Number)p.Dimensions[axis];
            from += index * p.SourceStrides[axis] * size;
            to += index * p.TargetStrides[axis] * size;
            rest = outer;
        }
        *(Unit*)(target + to) = *(const Unit*)(source + from);
    }
}

// Floor: every element read once and written once. Divisions are of 32 bits where the number of units allows.
template <class Element> static __device__ __forceinline__ void copy_strided(const StridedCopySizes& p, const char* source, char* target)
{
    const bool fits = product(p, p.Rank) < (1ll << 31);
    if (moves_16(p, source, target)) {
        if (fits) copy_units<Bytes16, unsigned>(p, source, target);
        else copy_units<Bytes16, Index>(p, source, target);
    }
    else if (fits) copy_units<Element, unsigned>(p, source, target);
    else copy_units<Element, Index>(p, source, target);
}

// The source runs along one axis, the target along another: squares of 32 x 32 elements cross in shared memory, so that both sides move
// whole lines. A block of 256 threads a square and step, 8 lines of the square at once.
template <class Element>
static __device__ __forceinline__ void copy_swapped(const StridedCopySizes& p, const char* __restrict__ from, char* __restrict__ to)
{
    __shared__ Element square[32][33];
    const Element* source = (const Element*)from + p.SourceOffset;
    Element* target = (Element*)to + p.TargetOffset;
    const int last = p.Rank - 1, swapped = p.SwappedAxis;
    const int columns = p.Dimensions[last], rows = p.Dimensions[swapped];
    const int across = (columns + 31) / 32, down = (rows + 31) / 32;
    const int x = threadIdx.x & 31, y = threadIdx.x >> 5;
    Index squares = (Index)across * down;
    for (int axis = 0; axis < last; axis++) squares *= axis == swapped ? 1 : p.Dimensions[axis];
    for (Index number = blockIdx.x; number < squares; number += gridDim.x) {
        Index rest = number / across;
        const int column = (int)(number - rest * across) * 32;
        const int row = (int)(rest % down) * 32;
        rest /= down;
        Index read = 0, write = 0;
        for (int axis = last - 1; axis >= 0; axis--) {
            if (axis == swapped) continue;
            const Index index = rest % p.Dimensions[axis];
            rest /= p.Dimensions[axis];
            read += index * p.SourceStrides[axis];
            write += index * p.TargetStrides[axis];
        }
        for (int line = y; line < 32; line += 8)
            if (row + x < rows && column + line < columns)
                square[line][x] = source[read + (row + x) * p.SourceStrides[swapped] + (column + line) * p.SourceStrides[last]];
        __syncthreads();
        for (int line = y; line < 32; line += 8)
            if (row + line < rows && column + x < columns)
                target[write + (row + line) * p.TargetStrides[swapped] + (column + x) * p.TargetStrides[last]] = square[x][line];
        __syncthreads();
    }
}

extern "C" __global__ void copy_1(StridedCopySizes p, const char* source, char* target) { copy_strided<char>(p, source, target); }
extern "C" __global__ void copy_4(StridedCopySizes p, const char* source, char* target) { copy_strided<int>(p, source, target); }
extern "C" __global__ void copy_8(StridedCopySizes p, const char* source, char* target) { copy_strided<Index>(p, source, target); }

extern "C" __global__ void copy_swapped_1(StridedCopySizes p, const char* source, char* target) { copy_swapped<char>(p, source, target); }
extern "C" __global__ void copy_swapped_4(StridedCopySizes p, const char* source, char* target) { copy_swapped<int>(p, source, target); }
extern "C" __global__ void copy_swapped_8(StridedCopySizes p, const char* source, char* target) { copy_swapped<Index>(p, source, target); }

// Zeros: 16 bytes a thread and step, single bytes behind the last whole 16. Floor: ByteCount written.
extern "C" __global__ void zero(Sizes p, char* memory)
{
    const Index whole = is_aligned16(memory) ? p.ByteCount / 16 : 0;
    for (Index i = first_item(); i < whole; i += item_stride()) ((Bytes16*)memory)[i] = Bytes16{};
    for (Index i = whole * 16 + first_item(); i < p.ByteCount; i += item_stride()) memory[i] = 0;
}
