// Drawing triangles into pixels by the rules of Rasterizer.cs: what decides is computed unfused and in the CPU's order, so that both draw
// the same, bit for bit. Needs the macros SUBPIXEL_BITS, SUBPIXELS, NEAREST and REACH.
#pragma once
#include "fml.cuh"

// A vertex in the image.
struct alignas(16) Corner {
    int u, v;      // snapped to SUBPIXELS a pixel
    float inverse; // of the distance -z; 0 where it is not drawn
    int unused;
};

static __device__ __forceinline__ Corner corner_of(float x, float y, float z, float focal, float centre_x, float centre_y)
{
    float distance = -z, inverse = 1 / distance;
    float u = add_rn(centre_x, mul_rn(mul_rn(focal, x), inverse));
    float v = sub_rn(centre_y, mul_rn(mul_rn(focal, y), inverse));
    Corner corner = {-(1 << 29), -(1 << 29), 0, 0};
    if (distance >= (float)NEAREST && fabsf(u) < (float)REACH && fabsf(v) < (float)REACH)
        corner = {(int)rintf(u * SUBPIXELS), (int)rintf(v * SUBPIXELS), inverse, 0};
    return corner;
}

// Twice the area of a triangle in the image, negative where it faces the camera (y points down).
static __device__ __forceinline__ Index area_of(Corner a, Corner b, Corner c)
{
    return (Index)(b.u - a.u) * (c.v - a.v) - (Index)(c.u - a.u) * (b.v - a.v);
}

// A triangle that may cover pixels.
struct Face {
    Corner a, b, c;       // clockwise on the screen
    float scale;          // inverse of twice its area
    int left, top, width; // of its bounding box
    int pixels;           // in its bounding box, 0 when it covers none
};

static __device__ __forceinline__ Face face_of(const Corner* corners, const int* triangles, int t, int width, int height)
{
    Face face;
    face.a = corners[triangles[3 * (Index)t]];
    face.b = corners[triangles[3 * (Index)t + 1]];
    face.c = corners[triangles[3 * (Index)t + 2]];
    const int half = SUBPIXELS / 2;
    face.left = max((min(face.a.u, min(face.b.u, face.c.u)) + half - 1) >> SUBPIXEL_BITS, 0);
    face.top = max((min(face.a.v, min(face.b.v, face.c.v)) + half - 1) >> SUBPIXEL_BITS, 0);
    int right = min((max(face.a.u, max(face.b.u, face.c.u)) - half) >> SUBPIXEL_BITS, width - 1);
    int bottom = min((max(face.a.v, max(face.b.v, face.c.v)) - half) >> SUBPIXEL_BITS, height - 1);
    Index area = area_of(face.a, face.b, face.c);
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

// Whether a pixel of the bounding box is covered, which one it is, and the bits of its distance: positive, so they order as integers.
static __device__ __forceinline__ bool covers(const Face& face, int pixel, int& row, int& column, int& distance)
{
    row = face.top + pixel / face.width;
    column = face.left + pixel % face.width;
    int u = column * SUBPIXELS + SUBPIXELS / 2, v = row * SUBPIXELS + SUBPIXELS / 2;
    Index a = edge(face.b, face.c, u, v), b = edge(face.c, face.a, u, v), c = edge(face.a, face.b, u, v);
    if (!covered(a, face.b, face.c) || !covered(b, face.c, face.a) || !covered(c, face.a, face.b)) return false;
    float pa = mul_rn(mul_rn((float)a, face.scale), face.a.inverse);
    float pb = mul_rn(mul_rn((float)b, face.scale), face.b.inverse);
    float pc = mul_rn(mul_rn((float)c, face.scale), face.c.inverse);
    distance = __float_as_int(1 / add_rn(add_rn(pa, pb), pc));
    return true;
}
