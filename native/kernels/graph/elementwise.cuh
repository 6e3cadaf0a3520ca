// What generated elementwise kernels share. Before it stand: Real, the type of the arithmetic; Size and Offset, unsigned and signed
// integers wide enough for every index; Width, the number of neighbouring elements that one thread reads and writes together.

// Sizes of a map over a strided iteration space; strides and offsets count elements.
struct MapSizes {
    int Rank;               // number of dimensions; the last is the row
    int Dimensions[6];      // sizes of the dimensions
    Index Strides[28 * 6];  // [input * 6 + axis] stride of an input
    Index Offsets[28];      // first element of each input
};

// Neighbouring elements that are read or written as one.
template <class T, int Count = Width> struct alignas(sizeof(T) * Count) Pack { T v[Count]; };

template <class T> static __device__ __forceinline__ bool is_aligned(const T* pointer)
{
    return (unsigned long long)pointer % (sizeof(T) * Width) == 0;
}

template <class T> static __device__ __forceinline__ Pack<T> load_pack(const T* pointer) { return *(const Pack<T>*)pointer; }
template <class T> static __device__ __forceinline__ Pack<T> load_apart(const T* pointer, Index stride)
{
    Pack<T> pack;
    #pragma unroll
    for (int k = 0; k < Width; k++) pack.v[k] = pointer[k * stride];
    return pack;
}

template <class T> static __device__ __forceinline__ void store_pack(T* pointer, const Pack<T>& pack) { *(Pack<T>*)pointer = pack; }

// Products round by themselves: a value that two kernels compute has the same bits in both, which is what ties are told by.
#ifdef FML_EMULATED
static __device__ __forceinline__ Real multiply(Real x, Real y) { return x * y; }
#else
static __device__ __forceinline__ float multiply(float x, float y) { return __fmul_rn(x, y); }
static __device__ __forceinline__ double multiply(double x, double y) { return __dmul_rn(x, y); }
#endif

// The smaller and the greater; NaN if either is NaN.
static __device__ __forceinline__ Real minimum(Real x, Real y) { return x < y || x != x ? x : y; }
static __device__ __forceinline__ Real maximum(Real x, Real y) { return x > y || x != x ? x : y; }

static __device__ __forceinline__ Real infinity() { return (Real)__int_as_float(0x7f800000); }
static __device__ __forceinline__ Real not_a_number() { return (Real)__int_as_float(0x7fc00000); }

// Truncated towards zero and saturated; NaN becomes 0.
static __device__ __forceinline__ void store(int& target, Real x)
{
    target = x >= (Real)2147483648.0 ? 2147483647 : x <= (Real)-2147483648.0 ? -2147483647 - 1 : x == x ? (int)x : 0;
}

static __device__ __forceinline__ void store(unsigned char& target, Real x)
{
    target = x >= (Real)255 ? 255 : x > (Real)0 ? (unsigned char)(int)x : 0;
}

static __device__ __forceinline__ void store(float& target, Real x) { target = (float)x; }
static __device__ __forceinline__ void store(double& target, Real x) { target = (double)x; }
