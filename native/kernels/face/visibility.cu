// Which vertices a camera sees: project and clear, draw the depth buffer, test (VisibleVertices.cs has the rules, Rasterizer.cs those of the
// drawing). What decides is computed unfused and in the CPU's order, so that both draw the same depths, bit for bit, and see the same
// vertices. Along y the grid holds frames.
#include "fml.cuh"

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

// A vertex in the image.
struct alignas(16) Corner {
    int u, v;      // snapped to SUBPIXELS a pixel
    float inverse; // of the distance -z; 0 where it is not drawn
    int unused;
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
        float x = (float)p[0], y = (float)p[sizes.Vertices], distance = -(float)p[2 * (Index)sizes.Vertices];
        float focal = (float)intrinsics[3 * frame], inverse = 1 / distance;
        float u = add_rn((float)intrinsics[3 * frame + 1], mul_rn(mul_rn(focal, x), inverse));
        float v = sub_rn((float)intrinsics[3 * frame + 2], mul_rn(mul_rn(focal, y), inverse));
        Corner corner = {-(1 << 29), -(1 << 29), 0, 0};
        if (distance >= (float)NEAREST && fabsf(u) < (float)REACH && fabsf(v) < (float)REACH)
            corner = {(int)rintf(u * SUBPIXELS), (int)rintf(v * SUBPIXELS), inverse, 0};
        corners_of(sizes, scratch, frame)[item] = corner;
    }
}

// A triangle that may cover pixels.
struct Face {
    Corner a, b, c;       // clockwise on the screen
    float scale;          // inverse of twice its area
    int left, top, width; // of its bounding box
    int pixels;           // in its bounding box, 0 when it covers none
};

static __device__ __forceinline__ Face face_of(const VisibilitySizes& sizes, const Corner* corners, const int* triangles, int t)
{
    Face face;
    face.a = corners[triangles[3 * (Index)t]];
    face.b = corners[triangles[3 * (Index)t + 1]];
    face.c = corners[triangles[3 * (Index)t + 2]];
    const int half = SUBPIXELS / 2;
    face.left = max((min(face.a.u, min(face.b.u, face.c.u)) + half - 1) >> SUBPIXEL_BITS, 0);
    face.top = max((min(face.a.v, min(face.b.v, face.c.v)) + half - 1) >> SUBPIXEL_BITS, 0);
    int right = min((max(face.a.u, max(face.b.u, face.c.u)) - half) >> SUBPIXEL_BITS, sizes.Width - 1);
    int bottom = min((max(face.a.v, max(face.b.v, face.c.v)) - half) >> SUBPIXEL_BITS, sizes.Height - 1);
    Index area = (Index)(face.b.u - face.a.u) * (face.c.v - face.a.v) - (Index)(face.c.u - face.a.u) * (face.b.v - face.a.v);
    bool drawn = face.left <= right && face.top <= bottom && area != 0
        && face.a.inverse != 0 && face.b.inverse != 0 && face.c.inverse != 0;
    face.width = right - face.left + 1;
    face.pixels = drawn ? face.width * (bottom - face.top + 1) : 0;
    if (area < 0) {
        Corner other = face.b;
        face.b = face.c;
        face.c = other;
        area = -area;
    }
    face.scale = 1 / (float)area;
    return face;
}

// Twice the area of an edge and a pixel's centre, and where it counts as covered: inside, or on an edge that is a top or left one.
static __device__ __forceinline__ Index edge(Corner from, Corner to, int u, int v)
{
    return (Index)(to.u - from.u) * (v - from.v) - (Index)(to.v - from.v) * (u - from.u);
}

static __device__ __forceinline__ bool covered(Index value, Corner from, Corner to)
{
    return value > 0 || (value == 0 && (to.v < from.v || (to.v == from.v && to.u > from.u)));
}

static __device__ __forceinline__ void draw_pixel(const Face& face, int pixel, int width, int* depth)
{
    int row = face.top + pixel / face.width, column = face.left + pixel % face.width;
    int u = column * SUBPIXELS + SUBPIXELS / 2, v = row * SUBPIXELS + SUBPIXELS / 2;
    Index a = edge(face.b, face.c, u, v), b = edge(face.c, face.a, u, v), c = edge(face.a, face.b, u, v);
    if (!covered(a, face.b, face.c) || !covered(b, face.c, face.a) || !covered(c, face.a, face.b)) return;
    float pa = mul_rn(mul_rn((float)a, face.scale), face.a.inverse);
    float pb = mul_rn(mul_rn((float)b, face.scale), face.b.inverse);
    float pc = mul_rn(mul_rn((float)c, face.scale), face.c.inverse);
    int distance = __float_as_int(1 / add_rn(add_rn(pa, pb), pc));
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
            Face face = face_of(sizes, corners, triangles, t);
            large = face.pixels > small;
            for (int pixel = 0; !large && pixel < face.pixels; pixel++) draw_pixel(face, pixel, sizes.Width, depth);
        }
        unsigned waiting = __ballot_sync(0xffffffffu, large);
        for (; waiting != 0; waiting &= waiting - 1) {
            Face face = face_of(sizes, corners, triangles, t - lane + (31 - __clz((int)(waiting & (0u - waiting)))));
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
