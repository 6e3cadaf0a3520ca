// Pictures of meshes whose vertices have colours, and the reverse (InterpolateColours.cs has the formulas). The reverse is a gather over the
// pixels of the triangles at a vertex, in ascending order, so that results are the same in every run. Along y the grid holds frames.
#include "fml.cuh"

struct InterpolationSizes {
    int Frames;   // F
    int Vertices; // V
    int Height;   // of the picture, pixels
    int Width;
};

// A pixel's centre and a triangle, both from the triangle's first corner, and what the weights are made of.
struct Place {
    T bx, by, cx, cy, px, py; // B - A, C - A, P - A
    T b, c;                   // (P - A) x (C - A), (B - A) x (P - A)
    T inverse, damping;       // S / (S^2 + s^2), 1 / (S^2 + s^2)
};

static __device__ __forceinline__ Place place_of(const T* x, const T* y, int a, int b, int c, int column, int row)
{
    Place p;
    T ax = x[a], ay = y[a];
    p.bx = x[b] - ax;
    p.by = y[b] - ay;
    p.cx = x[c] - ax;
    p.cy = y[c] - ay;
    p.px = (T)column + (T)0.5 - ax;
    p.py = (T)row + (T)0.5 - ay;
    p.b = p.px * p.cy - p.cx * p.py;
    p.c = p.bx * p.py - p.px * p.by;
    T area = p.bx * p.cy - p.cx * p.by;
    p.damping = 1 / (area * area + (T)LEAST_AREA * (T)LEAST_AREA);
    p.inverse = area * p.damping;
    return p;
}

// One thread a pixel; 4 bytes read and 16 written (float), and where there is a triangle 3 indices and 15 numbers from caches.
extern "C" __global__ void interpolate_colours(
    InterpolationSizes sizes, const T* points, const T* colours, const int* pixels, const int* triangles, T* y)
{
    Index pixel = first_item(), count = (Index)sizes.Width * sizes.Height;
    if (pixel >= count) return;
    int row = (int)(pixel / sizes.Width), column = (int)(pixel % sizes.Width);
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        T* target = y + 4 * (frame * count + pixel);
        int t = pixels[3 * frame * count + pixel];
        if (t < 0) {
            for (int channel = 0; channel < 4; channel++) target[channel] = 0;
            continue;
        }
        int a = triangles[3 * (Index)t], b = triangles[3 * (Index)t + 1], c = triangles[3 * (Index)t + 2];
        const T* x = points + 2 * (Index)frame * sizes.Vertices;
        Place p = place_of(x, x + sizes.Vertices, a, b, c, column, row);
        T weight_b = p.b * p.inverse, weight_c = p.c * p.inverse;
        const T* value = colours + 3 * (Index)frame * sizes.Vertices;
        for (int channel = 0; channel < 3; channel++, value += sizes.Vertices)
            target[channel] = value[a] + weight_b * (value[b] - value[a]) + weight_c * (value[c] - value[a]);
        target[3] = 1;
    }
}

// The pixels whose centres may lie between two coordinates, which rasterising has snapped.
static __device__ __forceinline__ int first_pixel(T least) { return (int)fmin(fmax(floor((double)least - 0.51), 0.0), 1e9); }
static __device__ __forceinline__ int last_pixel(T greatest, int size) { return (int)fmin(fmax(floor((double)greatest - 0.49), -1.0), size - 1.0); }

static __device__ __forceinline__ T least_of(T a, T b, T c) { return a < b ? (a < c ? a : c) : (b < c ? b : c); }
static __device__ __forceinline__ T greatest_of(T a, T b, T c) { return a > b ? (a > c ? a : c) : (b > c ? b : c); }

// What a vertex receives.
struct Sum { T colour[3], x, y; };

// What a pixel gives to corner `place` (0, 1, 2) of its triangle.
static __device__ __forceinline__ void add_pixel(Sum& sum, const Place& p, const T* adjoint, const T* colours, int vertices, int a, int b, int c, int place)
{
    T weight_b = p.b * p.inverse, weight_c = p.c * p.inverse;
    T weight = place == 0 ? 1 - weight_b - weight_c : place == 1 ? weight_b : weight_c;
    T slope_b = 0, slope_c = 0; // adjoints of the weights
    for (int channel = 0; channel < 3; channel++) {
        const T* value = colours + (Index)channel * vertices;
        T g = adjoint[channel];
        sum.colour[channel] += weight * g;
        slope_b += g * (value[b] - value[a]);
        slope_c += g * (value[c] - value[a]);
    }
    // Adjoints of the area and of the cross products, then of B - A, C - A and P - A.
    T area = (slope_b * p.b + slope_c * p.c) * (p.damping - 2 * p.inverse * p.inverse);
    T cross_b = slope_b * p.inverse, cross_c = slope_c * p.inverse;
    T bx = area * p.cy + cross_c * p.py, by = -area * p.cx - cross_c * p.px;
    T cx = -area * p.by - cross_b * p.py, cy = area * p.bx + cross_b * p.px;
    T px = cross_b * p.cy - cross_c * p.by, py = cross_c * p.bx - cross_b * p.cx;
    sum.x += place == 0 ? -(bx + cx + px) : place == 1 ? bx : cx;
    sum.y += place == 0 ? -(by + cy + py) : place == 1 ? by : cy;
}

// One thread a vertex: it looks through the pixels around each of its triangles, a few where triangles are as fine as pixels, for those that
// show the triangle.
extern "C" __global__ void interpolate_colours_gradient(
    InterpolationSizes sizes, const T* points, const T* colours, const int* pixels, const int* triangles, const int* start,
    const int* corners, const T* adjoint, T* y)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    Index count = (Index)sizes.Width * sizes.Height;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const T* x = points + 2 * (Index)frame * sizes.Vertices;
        const T* down = x + sizes.Vertices;
        const T* colour = colours + 3 * (Index)frame * sizes.Vertices;
        Sum sum = {{0, 0, 0}, 0, 0};
        for (int k = start[v]; k < start[v + 1]; k++) {
            int t = corners[k] / 3, a = triangles[3 * (Index)t], b = triangles[3 * (Index)t + 1], c = triangles[3 * (Index)t + 2];
            int left = first_pixel(least_of(x[a], x[b], x[c])), right = last_pixel(greatest_of(x[a], x[b], x[c]), sizes.Width);
            int top = first_pixel(least_of(down[a], down[b], down[c])), bottom = last_pixel(greatest_of(down[a], down[b], down[c]), sizes.Height);
            for (int row = top; row <= bottom; row++)
                for (int column = left; column <= right; column++) {
                    Index pixel = (Index)row * sizes.Width + column;
                    if (pixels[3 * frame * count + pixel] != t) continue;
                    Place p = place_of(x, down, a, b, c, column, row);
                    add_pixel(sum, p, adjoint + 4 * (frame * count + pixel), colour, sizes.Vertices, a, b, c, corners[k] % 3);
                }
        }
        T* target = y + 5 * (Index)frame * sizes.Vertices + v;
        for (int channel = 0; channel < 3; channel++) target[channel * (Index)sizes.Vertices] = sum.colour[channel];
        target[3 * (Index)sizes.Vertices] = sum.x;
        target[4 * (Index)sizes.Vertices] = sum.y;
    }
}
