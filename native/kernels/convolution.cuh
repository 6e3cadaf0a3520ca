// What convolutions share: their sizes, and loaders and targets for products in tiles (tiles.cuh).
#pragma once
#include "tiles.cuh"

// How the product is cut.
struct ProductTiling {
    int Rows;     // rows of a tile
    int Columns;  // columns of a tile
    int Segments; // parts of the sum
};

// A convolution's sizes.
struct ConvolutionShape {
    WindowShape Window;   // the window and the images
    int OutputChannels;   // channels of an output image
    ProductTiling Tiling; // how its product is cut
};

typedef Tile<128, 128, 2> Large;
typedef Tile<64, 64, 1> Small;
typedef Tile<128, 32, 1> Narrow;

// Images that windows are taken of. Packed: four neighbouring channels can be moved together.
struct Images {
    const T* at;
    int height, width, channels;
    bool packed;

    __device__ __forceinline__ Images(const T* images, int height, int width, int channels)
        : at(images), height(height), width(width), channels(channels), packed(channels % 4 == 0 && is_aligned16(images)) {}

    __device__ __forceinline__ bool hold(int y, int x) const { return (unsigned)y < (unsigned)height && (unsigned)x < (unsigned)width; }

    // The first element of pixel (y,x) of the image whose first pixel has this number.
    __device__ __forceinline__ const T* pixel(int first, int y, int x) const { return at + (Index)(first + y * width + x) * channels; }
};

// Rows are windows, k their elements (tap row, tap column, channel).
template <class Shape> struct WindowRows : DepthInner<Shape::Rows, Shape::Threads> {
    typedef DepthInner<Shape::Rows, Shape::Threads> Sharing;
    Images images;
    int taps, end, k; // taps across
    Digits place, step;
    int image[Sharing::Passes], y[Sharing::Passes], x[Sharing::Passes];
    const T* pixel[Sharing::Passes]; // that the tap meets; null outside

    __device__ __forceinline__ WindowRows(const Images& images, int taps, Range range)
        : images(images), taps(taps), end(range.end), k(range.first + Sharing::depth()),
          place(Digits::of(k, images.channels, taps)), step(Digits::of(SLAB, images.channels, taps)) {}

    // The window of a pass: its image and its first row and column, which may be outside.
    __device__ __forceinline__ void window(int pass, int number, int top, int left)
    {
        image[pass] = number * images.height * images.width;
        y[pass] = top;
        x[pass] = left;
        meet(pass);
    }
    __device__ __forceinline__ void no_window(int pass) { window(pass, 0, -(1 << 30), 0); }

    __device__ __forceinline__ void meet(int pass)
    {
        int py = y[pass] + place.high, px = x[pass] + place.middle;
        pixel[pass] = images.hold(py, px) ? images.pixel(image[pass], py, px) : 0;
    }

    __device__ __forceinline__ void fetch(Four (&next)[Sharing::Passes])
    {
        if (images.packed) {
#pragma unroll
            for (int pass = 0; pass < Sharing::Passes; pass++)
                next[pass] = pixel[pass] && k < end ? *(const Four*)(pixel[pass] + place.low) : no_elements();
        } else {
            Digits each = place;
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int pass = 0; pass < Sharing::Passes; pass++) {
                    int py = y[pass] + each.high, px = x[pass] + each.middle;
                    bool known = k + i < end && images.hold(py, px);
                    next[pass].at[i] = known ? images.pixel(image[pass], py, px)[each.low] : (T)0;
                }
                each.add_one(images.channels, taps);
            }
        }
        if (place.add(step, images.channels, taps))
#pragma unroll
            for (int pass = 0; pass < Sharing::Passes; pass++) meet(pass);
        k += SLAB;
    }
};

// A matrix [k, columns] as it lies.
template <class Shape> struct PlainColumns : DepthOuter<Shape::Columns, Shape::Threads> {
    typedef DepthOuter<Shape::Columns, Shape::Threads> Sharing;
    const T* from[Sharing::Passes]; // the next elements
    int columns, column, end, k;
    bool packed;

    __device__ __forceinline__ PlainColumns(const T* matrix, int columns, int first_column, Range range)
        : columns(columns), column(first_column + Sharing::item()), end(column < columns ? range.end : 0), k(range.first),
          packed(columns % 4 == 0 && is_aligned16(matrix))
    {
#pragma unroll
        for (int pass = 0; pass < Sharing::Passes; pass++) from[pass] = matrix + (Index)(k + Sharing::depth(pass)) * columns + column;
    }

    __device__ __forceinline__ void fetch(Four (&next)[Sharing::Passes])
    {
#pragma unroll
        for (int pass = 0; pass < Sharing::Passes; pass++) {
            bool known = k + Sharing::depth(pass) < end && Sharing::active(pass);
            if (packed) {
                next[pass] = known ? *(const Four*)from[pass] : no_elements();
            } else {
#pragma unroll
                for (int i = 0; i < 4; i++) next[pass].at[i] = known && column + i < columns ? from[pass][i] : (T)0;
            }
            from[pass] += (Index)SLAB * columns;
        }
        k += SLAB;
    }
};

// Where a tile's sums go: rows of `columns` elements.
struct PlainTarget {
    T* at;
    int rows, columns, first_row, first_column;
    bool packed;

    __device__ __forceinline__ PlainTarget(T* at, int rows, int columns, int first_row, int first_column)
        : at(at), rows(rows), columns(columns), first_row(first_row), first_column(first_column),
          packed(columns % 4 == 0 && is_aligned16(at)) {}

    // Offset of a row of the tile; negative when there is no such row.
    __device__ __forceinline__ Index row(int row) const { return first_row + row < rows ? (Index)(first_row + row) * columns : -1; }

    template <int COUNT> __device__ __forceinline__ void put(Index row, int column, const Pack<COUNT>& values) const
    {
        column += first_column;
        if (packed) {
            if (column < columns) *(Pack<COUNT>*)(at + row + column) = values;
        } else {
#pragma unroll
            for (int i = 0; i < COUNT; i++)
                if (column + i < columns) at[row + column + i] = values.at[i];
        }
    }
};

// Where this block's segment is written: the result itself when it is the only one.
static __device__ __forceinline__ T* part(T* result, T* parts, Index count)
{
    return gridDim.z > 1 ? parts + blockIdx.z * count : result;
}

// Adds the parts of every element of the result in their order: (Segments + 1) elements moved for each.
static __device__ __forceinline__ void combine(Index count, int segments, const T* parts, T* result)
{
    for (Index i = first_item(); i < count; i += item_stride()) {
        T sum = parts[i];
        for (int segment = 1; segment < segments; segment++) sum += parts[segment * count + i];
        result[i] = sum;
    }
}

