// How pictures without background differ from images, and the reverse (PixelDifferences.cs has the formulas). PIXEL is the images' type.
// Along y the grid holds frames, along x pixels; one thread a pixel.
#include "fml.cuh"

struct DifferenceSizes {
    int Frames; // F
    int Pixels; // of one frame
};

// Bytes are read as 0..1.
static __device__ __forceinline__ T scale() { return sizeof(PIXEL) == 1 ? 1 / (T)255 : (T)1; }

// 19 bytes read and 8 written a pixel (float, images of bytes).
extern "C" __global__ void pixel_differences(DifferenceSizes sizes, const PIXEL* images, const T* picture, T* y)
{
    Index i = first_item();
    if (i >= sizes.Pixels) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const T* c = picture + 4 * ((Index)frame * sizes.Pixels + i);
        const PIXEL* image = images + 3 * ((Index)frame * sizes.Pixels + i);
        T share = c[3] * scale(), squared = 0;
        for (int channel = 0; channel < 3; channel++) {
            T difference = c[channel] - share * (T)image[channel];
            squared += difference * difference;
        }
        y[2 * (Index)frame * sizes.Pixels + i] = squared;
        y[(2 * (Index)frame + 1) * sizes.Pixels + i] = c[3];
    }
}

// 27 bytes read and 16 written a pixel.
extern "C" __global__ void pixel_differences_gradient(DifferenceSizes sizes, const PIXEL* images, const T* picture, const T* adjoint, T* y)
{
    Index i = first_item();
    if (i >= sizes.Pixels) return;
    for (int frame = blockIdx.y; frame < sizes.Frames; frame += gridDim.y) {
        const T* c = picture + 4 * ((Index)frame * sizes.Pixels + i);
        const PIXEL* image = images + 3 * ((Index)frame * sizes.Pixels + i);
        T* target = y + 4 * ((Index)frame * sizes.Pixels + i);
        T twice = 2 * adjoint[2 * (Index)frame * sizes.Pixels + i], covered = adjoint[(2 * (Index)frame + 1) * sizes.Pixels + i];
        for (int channel = 0; channel < 3; channel++) {
            T seen = scale() * (T)image[channel], slope = twice * (c[channel] - c[3] * seen);
            target[channel] = slope;
            covered -= seen * slope;
        }
        target[3] = covered;
    }
}
