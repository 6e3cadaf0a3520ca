// Tensor cores in TF32, where they are asked for (FML_TENSOR_FLOAT) and there are any. TENSOR_CORES says whether.
#pragma once
#include "fml.cuh"

#if defined(FML_TENSOR_FLOAT) && (defined(FML_EMULATED) || __CUDA_ARCH__ >= 800)
#define TENSOR_CORES true
#else
#define TENSOR_CORES false
#endif

#if TENSOR_CORES

// Rounds to TF32: 10 bits of mantissa, to nearest, ties away from zero.
static __device__ __forceinline__ float tensor_float(float value)
{
#ifdef FML_EMULATED
    unsigned bits = (unsigned)__float_as_int(value);
    if ((bits & 0x7f800000u) == 0x7f800000u) return value; // infinities and what is no number stay
    return __int_as_float((int)((bits + 0x1000u) & ~0x1fffu));
#else
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
    return __int_as_float((int)bits);
#endif
}

// D += A B by a whole warp, A [16,8], B [8,8], D [16,8]. With g = lane / 4 and t = lane % 4, a lane holds
// A[g][t], A[g+8][t], A[g][t+4], A[g+8][t+4]; B[t][g], B[t+4][g]; D[g][2t], D[g][2t+1], D[g+8][2t], D[g+8][2t+1].
static __device__ __forceinline__ void tensor_multiply(float (&d)[4], const float (&a)[4], const float (&b)[2])
{
#ifdef FML_EMULATED
    int lane = threadIdx.x % 32, row = lane / 4 * 4, column = lane % 4 * 8; // the first lanes that hold this lane's rows and columns
    for (int k = 0; k < 8; k++) {
        float upper = __shfl_sync(0xffffffffu, a[k / 4 * 2], row + k % 4), lower = __shfl_sync(0xffffffffu, a[k / 4 * 2 + 1], row + k % 4);
        float left = __shfl_sync(0xffffffffu, b[k / 4], column + k % 4), right = __shfl_sync(0xffffffffu, b[k / 4], column + 4 + k % 4);
        d[0] += upper * left;
        d[1] += upper * right;
        d[2] += lower * left;
        d[3] += lower * right;
    }
#else
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(__float_as_int(a[0])), "r"(__float_as_int(a[1])), "r"(__float_as_int(a[2])), "r"(__float_as_int(a[3])),
                   "r"(__float_as_int(b[0])), "r"(__float_as_int(b[1])));
#endif
}

#endif
