// Colours of images at points, bilinear, and the reverse for the points (SampleImage.cs has the rules). PIXEL is the images' type. Along y
// the grid holds frames, along x points; one thread a point, which reads twelve numbers of its image, mostly from caches.
#include "fml.cuh"

struct SampleSizes {
    int Frames; // F
    int Height; // of the images
    int Width;
    int Points; // a frame
};

// Where a coordinate lies between pixel centres: the one before, the step to the one after, the fraction, whether it was inside.
struct Place {
    int before, step;
    T fraction;
    bool inside;
};

static __device__ __forceinline__ Place place_of(T coordinate, int size)
{
    T p = coordinate - (T)0.5, last = (T)(size - 1);
    Place place;
    place.inside = p >= 0 && p <= last; // false for NaN
    if (!place.inside) p = p > last ? last : (T)0;
    place.before = min((int)p, max(size - 2, 0));
    place.step = size > 1;
    place.fraction = p - (T)place.before;
    return place;
}

// The four pixels around a point.
struct Patch {
    const PIXEL* pixels;
    Index right, down;
    Place column, row;
};

static __device__ __forceinline__ Patch patch_of(const SampleSizes& sizes, const PIXEL* images, const T* points, int frame, int i)
{
    const T* point = points + 2 * (Index)frame * sizes.Points + i;
    Patch patch;
    patch.column = place_of(point[0], sizes.Width);
    patch.row = place_of(point[sizes.Points], sizes.Height);
    patch.pixels = images + 3 * (((Index)frame * sizes.Height + patch.row.before) * sizes.Width + patch.column.before);
    patch.right = 3 * patch.column.step;
    patch.down = 3 * (Index)patch.row.step * sizes.Width;
    return patch;
}

// Bytes are read as 0..1.
static __device__ __forceinline__ T scale() { return sizeof(PIXEL) == 1 ? 1 / (T)255 : (T)1; }

extern "C" __global__ void sample_image(SampleSizes sizes, const PIXEL* images, const T* points, T* y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= sizes.Points) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        Patch at = patch_of(sizes, images, points, frame, i);
        T* target = y + 3 * (Index)frame * sizes.Points + i;
        for (int c = 0; c < 3; c++) {
            T a = (T)at.pixels[c], b = (T)at.pixels[c + at.right];
            T d = (T)at.pixels[c + at.down], e = (T)at.pixels[c + at.down + at.right];
            T top = a + at.column.fraction * (b - a), bottom = d + at.column.fraction * (e - d);
            target[c * (Index)sizes.Points] = scale() * (top + at.row.fraction * (bottom - top));
        }
    }
}

extern "C" __global__ void sample_image_gradient(SampleSizes sizes, const PIXEL* images, const T* points, const T* adjoint, T* y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= sizes.Points) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        Patch at = patch_of(sizes, images, points, frame, i);
        const T* source = adjoint + 3 * (Index)frame * sizes.Points + i;
        T along_x = 0, along_y = 0;
        for (int c = 0; c < 3; c++) {
            T a = (T)at.pixels[c], b = (T)at.pixels[c + at.right];
            T d = (T)at.pixels[c + at.down], e = (T)at.pixels[c + at.down + at.right];
            T weight = scale() * source[c * (Index)sizes.Points];
            along_x += weight * (b - a + at.row.fraction * (e - d - (b - a)));
            along_y += weight * (d - a + at.column.fraction * (e - b - (d - a)));
        }
        T* target = y + 2 * (Index)frame * sizes.Points + i;
        target[0] = at.column.inside ? along_x : (T)0;
        target[sizes.Points] = at.row.inside ? along_y : (T)0;
    }
}
