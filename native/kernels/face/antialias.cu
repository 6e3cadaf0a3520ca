// Soft outlines, and the reverse (Antialias.cs has the formulas). Every pixel gathers from the up to four crossings around it, every vertex
// from the crossings of its edges, in a fixed order, so that results are the same in every run. Along y the grid holds frames.
#include "fml.cuh"

struct AntialiasSizes {
    int Frames;   // F
    int Vertices; // V
    int Height;   // of the picture, pixels
    int Width;
};

// Where an outline crosses the line between the centres of two pixels.
struct Crossing {
    T reach;             // q - 1/2, from the covered pixel
    bool moves;          // between the centres
    bool first_changes;  // rather than the second
    T share, slope;      // where on the edge; across over along
};

// The crossing between pixel (column,row) and its right or lower neighbour.
static __device__ __forceinline__ Crossing crossing_at(
    const AntialiasSizes& sizes, const T* points, const int* edges, int frame, int winner, bool horizontal, int column, int row)
{
    int a = edges[winner & ~1], b = edges[winner | 1];
    const T* x = points + 2 * (Index)frame * sizes.Vertices;
    const T* across = horizontal ? x : x + sizes.Vertices;
    const T* along = horizontal ? x + sizes.Vertices : x;
    T centre_across = (T)(horizontal ? column : row) + (T)0.5, centre_along = (T)(horizontal ? row : column) + (T)0.5;
    T length = along[b] - along[a], inverse = length == 0 ? (T)0 : 1 / length, width = across[b] - across[a];
    Crossing crossing;
    crossing.share = (centre_along - along[a]) * inverse;
    crossing.slope = width * inverse;
    T place = across[a] - centre_across + crossing.share * width;
    bool inside_is_first = (winner & 1) == 0;
    T way = inside_is_first ? place : 1 - place;
    way = way < 0 ? (T)0 : way > 1 ? (T)1 : way;
    crossing.reach = way - (T)0.5;
    crossing.moves = place > 0 && place < 1;
    crossing.first_changes = (crossing.reach > 0) != inside_is_first;
    return crossing;
}

// What a crossing at (column,row) does to one of its pixels, whose neighbour is the other: forward, a pixel that it changes takes from the
// neighbour; in reverse, such a pixel gives of its adjoint to the neighbour.
static __device__ __forceinline__ void mix(
    const AntialiasSizes& sizes, const T* from, const T* points, const int* edges, int frame, int winner, bool horizontal, int column,
    int row, Index pixel, Index neighbour, bool reverse, T* value)
{
    if (winner < 0) return;
    Crossing crossing = crossing_at(sizes, points, edges, frame, winner, horizontal, column, row);
    T amount = crossing.reach < 0 ? -crossing.reach : crossing.reach;
    bool changes = crossing.first_changes == (pixel < neighbour);
    if (!changes && !reverse) return;
    for (int channel = 0; channel < 4; channel++) {
        T own = from[4 * pixel + channel], other = from[4 * neighbour + channel];
        value[channel] += amount * (!reverse ? other - own : changes ? -own : other);
    }
}

static __device__ __forceinline__ void mix_pixels(
    const AntialiasSizes& sizes, const T* source, const T* points, const int* pixels, const int* edges, bool reverse, T* y)
{
    Index pixel = first_item(), count = (Index)sizes.Width * sizes.Height;
    if (pixel >= count) return;
    int row = (int)(pixel / sizes.Width), column = (int)(pixel % sizes.Width), width = sizes.Width;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const T* from = source + 4 * frame * count;
        const int* right = pixels + (3 * (Index)frame + 1) * count;
        const int* below = right + count;
        T value[4];
        for (int channel = 0; channel < 4; channel++) value[channel] = from[4 * pixel + channel];
        mix(sizes, from, points, edges, frame, right[pixel], true, column, row, pixel, pixel + 1, reverse, value);
        if (column > 0) mix(sizes, from, points, edges, frame, right[pixel - 1], true, column - 1, row, pixel, pixel - 1, reverse, value);
        mix(sizes, from, points, edges, frame, below[pixel], false, column, row, pixel, pixel + width, reverse, value);
        if (row > 0) mix(sizes, from, points, edges, frame, below[pixel - width], false, column, row - 1, pixel, pixel - width, reverse, value);
        for (int channel = 0; channel < 4; channel++) y[4 * (frame * count + pixel) + channel] = value[channel];
    }
}

// One thread a pixel: 24 bytes read and 16 written (float); few pixels have a crossing.
extern "C" __global__ void antialias(AntialiasSizes sizes, const T* picture, const T* points, const int* pixels, const int* edges, T* y)
{
    mix_pixels(sizes, picture, points, pixels, edges, false, y);
}

extern "C" __global__ void antialias_picture_gradient(
    AntialiasSizes sizes, const T* adjoint, const T* points, const int* pixels, const int* edges, T* y)
{
    mix_pixels(sizes, adjoint, points, pixels, edges, true, y);
}

// The pixels whose centres may lie before or at a coordinate, which rasterising has snapped.
static __device__ __forceinline__ int first_pixel(T least) { return (int)fmin(fmax(floor((double)least - 0.51), 0.0), 1e9); }
static __device__ __forceinline__ int last_pixel(T greatest, int size) { return (int)fmin(fmax(floor((double)greatest - 0.49), -1.0), size - 1.0); }

// One thread a vertex: it looks through the pixels around each of its edges, a few where edges are as short as pixels, for crossings.
extern "C" __global__ void antialias_points_gradient(
    AntialiasSizes sizes, const T* picture, const T* points, const int* pixels, const int* edges, const int* start, const int* edges_at,
    const T* adjoint, T* y)
{
    int v = blockIdx.x * blockDim.x + threadIdx.x;
    if (v >= sizes.Vertices) return;
    Index count = (Index)sizes.Width * sizes.Height;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const T* x = points + 2 * (Index)frame * sizes.Vertices;
        const T* down = x + sizes.Vertices;
        const int* winners = pixels + (3 * (Index)frame + 1) * count;
        const T* colours = picture + 4 * frame * count;
        const T* source = adjoint + 4 * frame * count;
        T along_x = 0, along_y = 0;
        for (int k = start[v]; k < start[v + 1]; k++) {
            int e = edges_at[k], a = edges[2 * (Index)e], b = edges[2 * (Index)e + 1];
            int left = first_pixel(x[a] < x[b] ? x[a] : x[b]), right = last_pixel(x[a] > x[b] ? x[a] : x[b], sizes.Width);
            int top = first_pixel(down[a] < down[b] ? down[a] : down[b]), bottom = last_pixel(down[a] > down[b] ? down[a] : down[b], sizes.Height);
            for (int row = top; row <= bottom; row++)
                for (int column = left; column <= right; column++)
                    for (int plane = 0; plane < 2; plane++) {
                        Index pixel = (Index)row * sizes.Width + column;
                        int winner = winners[plane * count + pixel];
                        if (winner < 0 || winner >> 1 != e) continue;
                        bool horizontal = plane == 0;
                        Crossing crossing = crossing_at(sizes, points, edges, frame, winner, horizontal, column, row);
                        if (!crossing.moves) continue;
                        Index neighbour = pixel + (horizontal ? 1 : sizes.Width), of = crossing.first_changes ? pixel : neighbour;
                        T weight = 0;
                        for (int channel = 0; channel < 4; channel++)
                            weight += source[4 * of + channel] * (colours[4 * pixel + channel] - colours[4 * neighbour + channel]);
                        T to_b = weight * crossing.share, own = v == b ? to_b : weight - to_b;
                        if (horizontal) {
                            along_x += own;
                            along_y -= own * crossing.slope;
                        } else {
                            along_y += own;
                            along_x -= own * crossing.slope;
                        }
                    }
        }
        T* target = y + 2 * (Index)frame * sizes.Vertices + v;
        target[0] = along_x;
        target[sizes.Vertices] = along_y;
    }
}
