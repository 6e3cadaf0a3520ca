// Unit normals of meshes and their reverse (MeshNormals.cs has the formulas). Everything is a gather over the corners that lie at a vertex,
// in ascending order, so that results are the same in every run. Along y the grid holds frames, along x vertices.
#include "fml.cuh"

struct NormalSizes {
    int Frames;    // F
    int Vertices;  // V
    int Triangles; // of one mesh, shared by all frames
    int Lanes;     // frames that the CPU takes side by side
};

// A vector in one or two accesses of 128 bits.
struct alignas(16) Triple { T x, y, z, unused; };

static __device__ __forceinline__ Triple triple(T x, T y, T z) { return {x, y, z, 0}; }
static __device__ __forceinline__ Triple operator+(Triple a, Triple b) { return triple(a.x + b.x, a.y + b.y, a.z + b.z); }
static __device__ __forceinline__ Triple operator-(Triple a, Triple b) { return triple(a.x - b.x, a.y - b.y, a.z - b.z); }
static __device__ __forceinline__ Triple operator*(Triple a, T b) { return triple(a.x * b, a.y * b, a.z * b); }
static __device__ __forceinline__ T dot(Triple a, Triple b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

// Unfused, so that the cross product of parallel edges is exactly 0 and a degenerate triangle contributes nothing.
static __device__ __forceinline__ Triple cross(Triple a, Triple b)
{
    return triple(
        sub_rn(mul_rn(a.y, b.z), mul_rn(a.z, b.y)),
        sub_rn(mul_rn(a.z, b.x), mul_rn(a.x, b.z)),
        sub_rn(mul_rn(a.x, b.y), mul_rn(a.y, b.x)));
}

static __device__ __forceinline__ T root(T x) { return (T)(sizeof(T) == sizeof(float) ? sqrtf(x) : sqrt(x)); }

static __device__ __forceinline__ Triple load_planar(const T* planar, int frame, int vertices, int v)
{
    const T* p = planar + 3 * (Index)frame * vertices + v;
    return triple(p[0], p[vertices], p[2 * (Index)vertices]);
}

static __device__ __forceinline__ void store_planar(T* planar, int frame, int vertices, int v, Triple value)
{
    T* p = planar + 3 * (Index)frame * vertices + v;
    p[0] = value.x;
    p[vertices] = value.y;
    p[2 * (Index)vertices] = value.z;
}

// Planar [F,3,V] to points [F,V,4], so that the gathers behind it fetch a whole point at a time.
static __device__ __forceinline__ void pack(NormalSizes sizes, const T* x, Triple* points)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y)
        points[(Index)frame * sizes.Vertices + v] = load_planar(x, frame, sizes.Vertices, v);
}

// The sum of the cross products of the triangles at a vertex, and its inverse length, 0 where it is degenerate.
static __device__ __forceinline__ Triple sum_at(const Triple* points, const int* triangles, const int* start, const int* corners, int v, T& inverse)
{
    Triple sum = triple(0, 0, 0);
    for (int k = start[v]; k < start[v + 1]; k++) {
        const int* t = triangles + corners[k] / 3 * 3;
        Triple a = points[t[0]];
        sum = sum + cross(points[t[1]] - a, points[t[2]] - a);
    }
    T squared = dot(sum, sum);
    inverse = squared > (T)(LEAST_AREA * LEAST_AREA) ? 1 / root(squared) : (T)0;
    return sum;
}

extern "C" __global__ void normals_pack(
    NormalSizes sizes, const T* x, const int* triangles, const int* start, const int* corners, Triple* points, T* unused, T* y)
{
    pack(sizes, x, points);
}

// n_i = s_i / |s_i|. One thread a vertex; with six triangles a vertex it fetches 19 points and 25 indices, nearly all from caches: at least
// 24 bytes a vertex and frame move (float).
extern "C" __global__ void normals(
    NormalSizes sizes, const T* x, const int* triangles, const int* start, const int* corners, const Triple* points, T* unused, T* y)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        T inverse;
        Triple sum = sum_at(points + (Index)frame * sizes.Vertices, triangles, start, corners, v, inverse);
        store_planar(y, frame, sizes.Vertices, v, sum * inverse);
    }
}

extern "C" __global__ void normals_gradient_pack(
    NormalSizes sizes, const T* x, const T* adjoint, const int* triangles, const int* start, const int* corners, Triple* points, T* unused,
    Triple* sums, T* y)
{
    pack(sizes, x, points);
}

// The adjoint of the sum at a vertex, g_i = (a_i - n_i (n_i . a_i)) / |s_i|. One thread a vertex.
extern "C" __global__ void normals_gradient_sums(
    NormalSizes sizes, const T* x, const T* adjoint, const int* triangles, const int* start, const int* corners, const Triple* points,
    T* unused, Triple* sums, T* y)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        T inverse;
        Triple sum = sum_at(points + (Index)frame * sizes.Vertices, triangles, start, corners, v, inverse), normal = sum * inverse;
        Triple a = load_planar(adjoint, frame, sizes.Vertices, v);
        sums[(Index)frame * sizes.Vertices + v] = (a - normal * dot(normal, a)) * inverse;
    }
}

// The adjoint of a position, sum_t (x_p - x_q) x g_t with g_t = g_a + g_b + g_c. One thread a vertex; it reads again what its neighbours
// read, which the caches hold, rather than storing anything a triangle.
extern "C" __global__ void normals_gradient(
    NormalSizes sizes, const T* x, const T* adjoint, const int* triangles, const int* start, const int* corners, const Triple* points,
    T* unused, const Triple* sums, T* y)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const Triple* x_of = points + (Index)frame * sizes.Vertices;
        const Triple* g_of = sums + (Index)frame * sizes.Vertices;
        Triple sum = triple(0, 0, 0);
        for (int k = start[v]; k < start[v + 1]; k++) {
            int place = corners[k] % 3;
            const int* t = triangles + (corners[k] - place);
            Triple g = g_of[t[0]] + g_of[t[1]] + g_of[t[2]];
            sum = sum + cross(x_of[t[place == 2 ? 0 : place + 1]] - x_of[t[place == 0 ? 2 : place - 1]], g);
        }
        store_planar(y, frame, sizes.Vertices, v, sum);
    }
}
