// What the pixels of a picture of a mesh show, and the outlines between them (RasterizeMesh.cs has the rules, Rasterizer.cs those of the
// drawing). A pixel's nearest triangle and a pair's nearest edge are the least of a key, distance before number, so that they are the CPU's
// whatever the order of the threads. Along y the grid holds frames.
#include "raster.cuh"

struct RasterSizes {
    int Frames;       // F
    int Vertices;     // V
    int Triangles;    // of one mesh, shared by all frames
    int Edges;        // fold edges of the mesh
    int Width;        // of the picture, pixels
    int Height;
    double DepthBias; // in footprints of a pixel
};

// The bits of a distance, and behind them who has it; +infinity and -1 where there is nothing.
typedef long long Key;

static __device__ __forceinline__ Key key_of(int distance, int winner) { return (Key)distance << 32 | (unsigned)winner; }
static __device__ __forceinline__ float distance_of(Key key) { return __int_as_float((int)(key >> 32)); }
static __device__ __forceinline__ int winner_of(Key key) { return (int)(unsigned)key; }

static __device__ __forceinline__ Corner* corners_of(const RasterSizes& sizes, float* scratch, int frame)
{
    return (Corner*)scratch + (Index)frame * sizes.Vertices;
}

// Three planes of keys: triangles, outlines to the right, outlines below.
static __device__ __forceinline__ Key* keys_of(const RasterSizes& sizes, float* scratch, int frame)
{
    return (Key*)(scratch + VERTEX_SCRATCH * (Index)sizes.Frames * sizes.Vertices) + 3 * (Index)frame * sizes.Width * sizes.Height;
}

// One thread a vertex, then one a key: 12 bytes read and 16 written a vertex, 24 written a pixel.
extern "C" __global__ void rasterize_prepare(
    RasterSizes sizes, const T* positions, const T* intrinsics, const int* triangles, const int* edge_vertices, const int* edge_triangles,
    float* scratch, int* y)
{
    Index item = first_item();
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        if (item >= sizes.Vertices) {
            Index pixel = item - sizes.Vertices;
            if (pixel < 3 * (Index)sizes.Width * sizes.Height) keys_of(sizes, scratch, frame)[pixel] = key_of(0x7f800000, -1);
            continue;
        }
        const T* p = positions + 3 * (Index)frame * sizes.Vertices + item;
        corners_of(sizes, scratch, frame)[item] = corner_of(
            (float)p[0], (float)p[sizes.Vertices], (float)p[2 * (Index)sizes.Vertices],
            (float)intrinsics[3 * frame], (float)intrinsics[3 * frame + 1], (float)intrinsics[3 * frame + 2]);
    }
}

static __device__ __forceinline__ void draw_pixel(const Face& face, int t, int pixel, int width, Key* keys)
{
    int row, column, distance;
    if (!covers(face, pixel, row, column, distance)) return;
    Key key = key_of(distance, t), *nearest = keys + (Index)row * width + column;
    if (key < *nearest) atomicMin(nearest, key); // the least is the least in any order
}

// One thread a triangle, as in visibility.cu: small ones are drawn by their thread, others by the warp.
extern "C" __global__ void rasterize_draw(
    RasterSizes sizes, const T* positions, const T* intrinsics, const int* triangles, const int* edge_vertices, const int* edge_triangles,
    float* scratch, int* y)
{
    const int small = 16;
    int t = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const Corner* corners = corners_of(sizes, scratch, frame);
        Key* keys = keys_of(sizes, scratch, frame);
        bool large = false;
        if (t < sizes.Triangles) {
            Face face = face_of(corners, triangles, t, sizes.Width, sizes.Height);
            large = face.pixels > small;
            for (int pixel = 0; !large && pixel < face.pixels; pixel++) draw_pixel(face, t, pixel, sizes.Width, keys);
        }
        unsigned waiting = __ballot_sync(0xffffffffu, large);
        for (; waiting != 0; waiting &= waiting - 1) {
            int other = t - lane + (31 - __clz((int)(waiting & (0u - waiting))));
            Face face = face_of(corners, triangles, other, sizes.Width, sizes.Height);
            for (int pixel = lane; pixel < face.pixels; pixel += 32) draw_pixel(face, other, pixel, sizes.Width, keys);
        }
    }
}

// Which side of a triangle is seen.
enum Side { NOT_DRAWN, FRONT, BACK };

static __device__ __forceinline__ Side side_of(const Corner* corners, const int* triangle)
{
    Corner a = corners[triangle[0]], b = corners[triangle[1]], c = corners[triangle[2]];
    if (a.inverse == 0 || b.inverse == 0 || c.inverse == 0) return NOT_DRAWN;
    return area_of(a, b, c) < 0 ? FRONT : BACK;
}

static __device__ __forceinline__ Index floor_of_quotient(Index numerator, Index denominator)
{
    Index quotient = numerator / denominator, remainder = numerator % denominator;
    return remainder != 0 && (remainder < 0) != (denominator < 0) ? quotient - 1 : quotient;
}

// The pairs of pixels between whose centres an edge passes; it runs from a to b along the triangle that faces the camera.
static __device__ __forceinline__ void outline(
    const RasterSizes& sizes, const Corner* corners, const int* triangles, Key* keys, float bias, int e, Corner a, Corner b)
{
    int du = b.u - a.u, dv = b.v - a.v;
    bool steep = abs(dv) >= abs(du);
    int along = steep ? a.v : a.u, across = steep ? a.u : a.v, length = steep ? dv : du, slant = steep ? du : dv;
    if (abs(length) < LEAST_EXTENT) return;
    int lines = steep ? sizes.Height : sizes.Width, places = steep ? sizes.Width : sizes.Height;
    bool inside_is_first = steep ? length < 0 : length > 0;
    const int half = SUBPIXELS / 2;
    int low = min(along, along + length), high = max(along, along + length);
    int line = max((low + half - 1) >> SUBPIXEL_BITS, 0), last = min((high - half - 1) >> SUBPIXEL_BITS, lines - 1);
    for (; line <= last; line++) {
        int steps = line * SUBPIXELS + half - along;
        Index place = floor_of_quotient((Index)(across - half) * length + (Index)steps * slant, (Index)length * SUBPIXELS);
        if (place < 0 || place >= places - 1) continue;
        Index first = steep ? (Index)line * sizes.Width + place : place * sizes.Width + line;
        Index second = first + (steep ? 1 : sizes.Width);
        Key inside = keys[inside_is_first ? first : second], outside = keys[inside_is_first ? second : first];
        float share = (float)steps / (float)length;
        float distance = 1 / add_rn(a.inverse, mul_rn(share, sub_rn(b.inverse, a.inverse)));
        float reach = add_rn(distance, mul_rn(bias, distance));
        if (winner_of(inside) < 0 || !(distance_of(inside) <= reach) || distance_of(outside) <= reach) continue;
        if (side_of(corners, triangles + 3 * (Index)winner_of(inside)) != FRONT) continue;
        atomicMin(
            keys + (steep ? 1 : 2) * (Index)sizes.Width * sizes.Height + first,
            key_of(__float_as_int(distance), 2 * e + (inside_is_first ? 0 : 1)));
    }
}

// One thread an edge: 4 indices, 4 corners of 16 bytes from caches; few edges are outlines.
extern "C" __global__ void rasterize_outlines(
    RasterSizes sizes, const T* positions, const T* intrinsics, const int* triangles, const int* edge_vertices, const int* edge_triangles,
    float* scratch, int* y)
{
    int e = blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= sizes.Edges) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const Corner* corners = corners_of(sizes, scratch, frame);
        Side first = side_of(corners, triangles + 3 * (Index)edge_triangles[2 * (Index)e]);
        Side second = side_of(corners, triangles + 3 * (Index)edge_triangles[2 * (Index)e + 1]);
        if (first == second || first == NOT_DRAWN || second == NOT_DRAWN) continue;
        Corner a = corners[edge_vertices[2 * (Index)e]], b = corners[edge_vertices[2 * (Index)e + 1]];
        float bias = (float)sizes.DepthBias / (float)intrinsics[3 * frame];
        outline(sizes, corners, triangles, keys_of(sizes, scratch, frame), bias, e, first == FRONT ? a : b, first == FRONT ? b : a);
    }
}

// One thread a key: 8 bytes read and 4 written.
extern "C" __global__ void rasterize_write(
    RasterSizes sizes, const T* positions, const T* intrinsics, const int* triangles, const int* edge_vertices, const int* edge_triangles,
    float* scratch, int* y)
{
    Index item = first_item(), pixels = (Index)sizes.Width * sizes.Height;
    if (item >= 3 * pixels) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        int winner = winner_of(keys_of(sizes, scratch, frame)[item]);
        if (item < pixels && winner >= 0 && side_of(corners_of(sizes, scratch, frame), triangles + 3 * (Index)winner) != FRONT) winner = -1;
        y[3 * (Index)frame * pixels + item] = winner;
    }
}
