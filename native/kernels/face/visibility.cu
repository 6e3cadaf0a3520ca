// Which vertices a camera sees: project and clear, draw the depth buffer, test (VisibleVertices.cs has the rules, Rasterizer.cs those of the
// drawing). What decides is computed unfused and in the CPU's order, so that both draw the same depths, bit for bit, and see the same
// vertices. Along y the grid holds frames.
#include "raster.cuh"

struct VisibilitySizes {
    int Frames;       // F
    int Vertices;     // V
    int Triangles;    // of one mesh, shared by all frames
    int Width;        // of the depth buffer, pixels
    int Height;
    int Occlusion;    // 0: there is no depth buffer
    double Margin;    // least cosine between normal and view
    double DepthBias; // in footprints of a pixel
};

static __device__ __forceinline__ Corner* corners_of(const VisibilitySizes& sizes, float* scratch, int frame)
{
    return (Corner*)scratch + (Index)frame * sizes.Vertices;
}

// Bits of distances, which order as integers because they are positive; +infinity where there is nothing.
static __device__ __forceinline__ int* depth_of(const VisibilitySizes& sizes, float* scratch, int frame)
{
    return (int*)(scratch + VERTEX_SCRATCH * (Index)sizes.Frames * sizes.Vertices + (Index)frame * sizes.Width * sizes.Height);
}

// One thread a vertex, then one a pixel: 12 bytes read and 16 written a vertex, 4 written a pixel.
extern "C" __global__ void visibility_prepare(
    VisibilitySizes sizes, const T* positions, const T* normals, const T* intrinsics, const int* triangles, float* scratch, T* mask)
{
    Index item = first_item();
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        if (item >= sizes.Vertices) {
            Index pixel = item - sizes.Vertices;
            if (pixel < (Index)sizes.Width * sizes.Height) depth_of(sizes, scratch, frame)[pixel] = 0x7f800000;
            continue;
        }
        const T* p = positions + 3 * (Index)frame * sizes.Vertices + item;
        corners_of(sizes, scratch, frame)[item] = corner_of(
            (float)p[0], (float)p[sizes.Vertices], (float)p[2 * (Index)sizes.Vertices],
            (float)intrinsics[3 * frame], (float)intrinsics[3 * frame + 1], (float)intrinsics[3 * frame + 2]);
    }
}

static __device__ __forceinline__ void draw_pixel(const Face& face, int pixel, int width, int* depth)
{
    int row, column, distance;
    if (!covers(face, pixel, row, column, distance)) return;
    int* nearest = depth + (Index)row * width + column;
    if (distance < *nearest) atomicMin(nearest, distance); // the least is the least in any order
}

// One thread a triangle: it fetches three corners of 16 bytes from caches and draws its bounding box itself when that is small, as nearly all
// are that are as fine as the pixels; what is larger is drawn by the whole warp, one triangle after the other.
extern "C" __global__ void visibility_draw(
    VisibilitySizes sizes, const T* positions, const T* normals, const T* intrinsics, const int* triangles, float* scratch, T* mask)
{
    const int small = 16;
    int t = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const Corner* corners = corners_of(sizes, scratch, frame);
        int* depth = depth_of(sizes, scratch, frame);
        bool large = false;
        if (t < sizes.Triangles) {
            Face face = face_of(corners, triangles, t, sizes.Width, sizes.Height);
            large = face.pixels > small;
            for (int pixel = 0; !large && pixel < face.pixels; pixel++) draw_pixel(face, pixel, sizes.Width, depth);
        }
        unsigned waiting = __ballot_sync(0xffffffffu, large);
        for (; waiting != 0; waiting &= waiting - 1) {
            int first = t - lane + (31 - __clz((int)(waiting & (0u - waiting))));
            Face face = face_of(corners, triangles, first, sizes.Width, sizes.Height);
            for (int pixel = lane; pixel < face.pixels; pixel += 32) draw_pixel(face, pixel, sizes.Width, depth);
        }
    }
}

static __device__ __forceinline__ bool seen(
    const VisibilitySizes& sizes, const T* positions, const T* normals, const T* intrinsics, float* scratch, int frame, int v)
{
    const T* p = positions + 3 * (Index)frame * sizes.Vertices + v;
    const T* n = normals + 3 * (Index)frame * sizes.Vertices + v;
    T x = p[0], y = p[sizes.Vertices], z = p[2 * (Index)sizes.Vertices], distance = -z;
    if (!(distance >= (T)NEAREST)) return false;
    T facing = add_rn(add_rn(mul_rn(n[0], x), mul_rn(n[sizes.Vertices], y)), mul_rn(n[2 * (Index)sizes.Vertices], z));
    T squared = add_rn(add_rn(mul_rn(x, x), mul_rn(y, y)), mul_rn(z, z)), margin = (T)sizes.Margin;
    if (!(facing < 0 && mul_rn(facing, facing) > mul_rn(mul_rn(margin, margin), squared))) return false;
    T focal = intrinsics[3 * frame];
    T column = add_rn(intrinsics[3 * frame + 1], mul_rn(focal, x) / distance);
    T row = sub_rn(intrinsics[3 * frame + 2], mul_rn(focal, y) / distance);
    if (!(column >= 0 && column < (T)sizes.Width && row >= 0 && row < (T)sizes.Height)) return false;
    if (sizes.Occlusion == 0) return true;
    float nearest = __int_as_float(depth_of(sizes, scratch, frame)[(Index)(int)row * sizes.Width + (int)column]);
    return (float)distance <= add_rn(nearest, (float)mul_rn((T)sizes.DepthBias / focal, distance));
}

// One thread a vertex: 24 bytes read and 4 written (float).
extern "C" __global__ void visibility_test(
    VisibilitySizes sizes, const T* positions, const T* normals, const T* intrinsics, const int* triangles, float* scratch, T* mask)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y)
        mask[(Index)frame * sizes.Vertices + v] = seen(sizes, positions, normals, intrinsics, scratch, frame, v) ? 1 : 0;
}
