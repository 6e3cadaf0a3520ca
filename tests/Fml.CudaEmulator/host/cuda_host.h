// The language of a kernel, as NVRTC offers it without any header, for a C++ compiler of the host. Nothing of the standard library is
// included: what NVRTC does not know must not compile here either.
#pragma once
#include "emulator.h"

#define FML_EMULATED 1
#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __shared__ static
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_assume(x) ((void)0)
#define __assume(x) ((void)0)
#define threadIdx (fml_emulated::position.thread)
#define blockIdx (fml_emulated::position.block)
#define blockDim (fml_emulated::position.block_size)
#define gridDim (fml_emulated::position.grid)
#define warpSize 32
#define FML_HOST static inline __attribute__((always_inline))

typedef decltype(sizeof 0) size_t;
typedef decltype((char*)0 - (char*)0) ptrdiff_t;

// ---- vectors -------------------------------------------------------------------------------------------------------------------------

#define FML_VECTORS(NAME, TYPE, ALIGN2, ALIGN4) \
    struct NAME##1 { TYPE x; }; \
    struct alignas(ALIGN2) NAME##2 { TYPE x, y; }; \
    struct alignas(ALIGN4) NAME##4 { TYPE x, y, z, w; }; \
    FML_HOST NAME##1 make_##NAME##1(TYPE x) { return {x}; } \
    FML_HOST NAME##2 make_##NAME##2(TYPE x, TYPE y) { return {x, y}; } \
    FML_HOST NAME##4 make_##NAME##4(TYPE x, TYPE y, TYPE z, TYPE w) { return {x, y, z, w}; }
#define FML_VECTOR3(NAME, TYPE) \
    struct NAME##3 { TYPE x, y, z; }; \
    FML_HOST NAME##3 make_##NAME##3(TYPE x, TYPE y, TYPE z) { return {x, y, z}; }
FML_VECTORS(char, signed char, 2, 4)
FML_VECTORS(uchar, unsigned char, 2, 4)
FML_VECTORS(short, short, 4, 8)
FML_VECTORS(ushort, unsigned short, 4, 8)
FML_VECTORS(int, int, 8, 16)
FML_VECTORS(uint, unsigned, 8, 16)
FML_VECTORS(longlong, long long, 16, 16)
FML_VECTORS(ulonglong, unsigned long long, 16, 16)
FML_VECTORS(float, float, 8, 16)
FML_VECTORS(double, double, 16, 16)
FML_VECTOR3(char, signed char)
FML_VECTOR3(uchar, unsigned char)
FML_VECTOR3(short, short)
FML_VECTOR3(ushort, unsigned short)
FML_VECTOR3(int, int)
FML_VECTOR3(longlong, long long)
FML_VECTOR3(ulonglong, unsigned long long)
FML_VECTOR3(float, float)
FML_VECTOR3(double, double)
FML_HOST uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }

// ---- together with other threads -----------------------------------------------------------------------------------------------------
FML_HOST void __syncthreads() { fml_emulated::barrier(0); }
FML_HOST int __syncthreads_count(int p) { return fml_emulated::barrier(p != 0); }
FML_HOST int __syncthreads_or(int p) { return fml_emulated::barrier(p != 0) != 0; }
FML_HOST int __syncthreads_and(int p) { return fml_emulated::barrier(p == 0) == 0; }
FML_HOST void __syncwarp(unsigned mask = 0xffffffffu) { fml_emulated::exchange(fml_emulated::SYNC, mask, 0, 0, 32); }
FML_HOST unsigned __ballot_sync(unsigned mask, int p) { return (unsigned)fml_emulated::exchange(fml_emulated::BALLOT, mask, p != 0, 0, 32); }
FML_HOST int __any_sync(unsigned mask, int p) { return (int)fml_emulated::exchange(fml_emulated::ANY, mask, p != 0, 0, 32); }
FML_HOST int __all_sync(unsigned mask, int p) { return (int)fml_emulated::exchange(fml_emulated::ALL, mask, p != 0, 0, 32); }
FML_HOST void __threadfence() {}
FML_HOST void __threadfence_block() {}
FML_HOST void __threadfence_system() {}
FML_HOST void __trap() { fml_emulated::fail("__trap"); }

namespace fml_emulated {
template <class To, class From> FML_HOST To cast(From from)
{
    To to = To();
    __builtin_memcpy(&to, &from, sizeof(to) < sizeof(from) ? sizeof(to) : sizeof(from));
    return to;
}
template <class T> FML_HOST T shuffle(Exchange kind, unsigned mask, T value, int argument, int width)
{
    return cast<T>(exchange(kind, mask, cast<Bits>(value), argument, width));
}
}

#define FML_SHUFFLES(T) \
    FML_HOST T __shfl_sync(unsigned mask, T value, int lane, int width = 32) \
    { return fml_emulated::shuffle(fml_emulated::INDEX, mask, value, lane, width); } \
    FML_HOST T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) \
    { return fml_emulated::shuffle(fml_emulated::UP, mask, value, (int)delta, width); } \
    FML_HOST T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) \
    { return fml_emulated::shuffle(fml_emulated::DOWN, mask, value, (int)delta, width); } \
    FML_HOST T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) \
    { return fml_emulated::shuffle(fml_emulated::XOR, mask, value, lanes, width); } \
    FML_HOST unsigned __match_any_sync(unsigned mask, T value) \
    { return (unsigned)fml_emulated::exchange(fml_emulated::MATCH, mask, fml_emulated::cast<fml_emulated::Bits>(value), 0, 32); }
FML_SHUFFLES(int)
FML_SHUFFLES(unsigned)
FML_SHUFFLES(long)
FML_SHUFFLES(unsigned long)
FML_SHUFFLES(long long)
FML_SHUFFLES(unsigned long long)
FML_SHUFFLES(float)
FML_SHUFFLES(double)

// ---- atomics: the threads of a launch take turns, so that plain code is atomic --------------------------------------------------------
#define FML_ATOMIC(NAME, T, RESULT) FML_HOST T NAME(T* address, T value) { T old = *address; *address = RESULT; return old; }
#define FML_ATOMICS(T) \
    FML_ATOMIC(atomicAdd, T, old + value) \
    FML_ATOMIC(atomicExch, T, value) \
    FML_ATOMIC(atomicMin, T, value < old ? value : old) \
    FML_ATOMIC(atomicMax, T, value > old ? value : old) \
    FML_ATOMIC(atomicAnd, T, old & value) \
    FML_ATOMIC(atomicOr, T, old | value) \
    FML_ATOMIC(atomicXor, T, old ^ value) \
    FML_HOST T atomicCAS(T* address, T compare, T value) { T old = *address; if (old == compare) *address = value; return old; }
FML_ATOMICS(int)
FML_ATOMICS(unsigned)
FML_ATOMICS(unsigned long long)
FML_ATOMIC(atomicMin, long long, value < old ? value : old)
FML_ATOMIC(atomicMax, long long, value > old ? value : old)
FML_ATOMIC(atomicSub, int, old - value)
FML_ATOMIC(atomicSub, unsigned, old - value)
FML_ATOMIC(atomicAdd, float, old + value)
FML_ATOMIC(atomicAdd, double, old + value)
FML_ATOMIC(atomicExch, float, value)

// ---- memory --------------------------------------------------------------------------------------------------------------------------
template <class T> FML_HOST T __ldg(const T* p) { return *p; }
template <class T> FML_HOST T __ldca(const T* p) { return *p; }
template <class T> FML_HOST T __ldcg(const T* p) { return *p; }
template <class T> FML_HOST T __ldcs(const T* p) { return *p; }
template <class T> FML_HOST T __ldlu(const T* p) { return *p; }
template <class T> FML_HOST T __ldcv(const T* p) { return *p; }
template <class T> FML_HOST void __stwb(T* p, T value) { *p = value; }
template <class T> FML_HOST void __stcg(T* p, T value) { *p = value; }
template <class T> FML_HOST void __stcs(T* p, T value) { *p = value; }
template <class T> FML_HOST void __stwt(T* p, T value) { *p = value; }

// ---- bits ----------------------------------------------------------------------------------------------------------------------------
FML_HOST int __float_as_int(float x) { return fml_emulated::cast<int>(x); }
FML_HOST unsigned __float_as_uint(float x) { return fml_emulated::cast<unsigned>(x); }
FML_HOST float __int_as_float(int x) { return fml_emulated::cast<float>(x); }
FML_HOST float __uint_as_float(unsigned x) { return fml_emulated::cast<float>(x); }
FML_HOST long long __double_as_longlong(double x) { return fml_emulated::cast<long long>(x); }
FML_HOST double __longlong_as_double(long long x) { return fml_emulated::cast<double>(x); }
FML_HOST int __double2hiint(double x) { return (int)(fml_emulated::cast<unsigned long long>(x) >> 32); }
FML_HOST int __double2loint(double x) { return (int)fml_emulated::cast<unsigned long long>(x); }
FML_HOST double __hiloint2double(int high, int low)
{
    return fml_emulated::cast<double>((unsigned long long)(unsigned)high << 32 | (unsigned)low);
}
FML_HOST int __popc(unsigned x) { return __builtin_popcount(x); }
FML_HOST int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
FML_HOST int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
FML_HOST int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
FML_HOST int __ffs(int x) { return __builtin_ffs(x); }
FML_HOST int __ffsll(long long x) { return __builtin_ffsll(x); }
FML_HOST unsigned __brev(unsigned x)
{
    unsigned y = 0;
    for (int i = 0; i < 32; i++) y |= (x >> i & 1) << (31 - i);
    return y;
}
FML_HOST int __mul24(int a, int b) { return ((a << 8) >> 8) * ((b << 8) >> 8); }
FML_HOST int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
FML_HOST unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
FML_HOST unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
FML_HOST unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift)
{
    return (unsigned)(((unsigned long long)high << 32 | low) << (shift & 31) >> 32);
}
FML_HOST unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift)
{
    return (unsigned)(((unsigned long long)high << 32 | low) >> (shift & 31));
}

// ---- functions of numbers ------------------------------------------------------------------------------------------------------------
#define FML_UNARY(NAME) \
    FML_HOST float NAME(float x) { return __builtin_##NAME##f(x); } \
    FML_HOST float NAME##f(float x) { return __builtin_##NAME##f(x); } \
    FML_HOST double NAME(double x) { return __builtin_##NAME(x); }
#define FML_BINARY(NAME) \
    FML_HOST float NAME(float x, float y) { return __builtin_##NAME##f(x, y); } \
    FML_HOST float NAME##f(float x, float y) { return __builtin_##NAME##f(x, y); } \
    FML_HOST double NAME(double x, double y) { return __builtin_##NAME(x, y); }
FML_UNARY(sqrt)
FML_UNARY(cbrt)
FML_UNARY(exp)
FML_UNARY(exp2)
FML_UNARY(exp10)
FML_UNARY(expm1)
FML_UNARY(log)
FML_UNARY(log2)
FML_UNARY(log10)
FML_UNARY(log1p)
FML_UNARY(sin)
FML_UNARY(cos)
FML_UNARY(tan)
FML_UNARY(asin)
FML_UNARY(acos)
FML_UNARY(atan)
FML_UNARY(sinh)
FML_UNARY(cosh)
FML_UNARY(tanh)
FML_UNARY(asinh)
FML_UNARY(acosh)
FML_UNARY(atanh)
FML_UNARY(erf)
FML_UNARY(erfc)
FML_UNARY(floor)
FML_UNARY(ceil)
FML_UNARY(trunc)
FML_UNARY(round)
FML_UNARY(rint)
FML_UNARY(nearbyint)
FML_UNARY(fabs)
FML_UNARY(tgamma)
FML_UNARY(lgamma)
FML_BINARY(pow)
FML_BINARY(atan2)
FML_BINARY(fmod)
FML_BINARY(hypot)
FML_BINARY(fmin)
FML_BINARY(fmax)
FML_BINARY(copysign)
FML_BINARY(fdim)
FML_BINARY(remainder)
FML_BINARY(nextafter)
FML_HOST float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
FML_HOST float fmaf(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
FML_HOST double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
FML_HOST float rsqrt(float x) { return 1 / __builtin_sqrtf(x); }
FML_HOST float rsqrtf(float x) { return 1 / __builtin_sqrtf(x); }
FML_HOST double rsqrt(double x) { return 1 / __builtin_sqrt(x); }
FML_HOST float ldexpf(float x, int e) { return __builtin_ldexpf(x, e); }
FML_HOST float ldexp(float x, int e) { return __builtin_ldexpf(x, e); }
FML_HOST double ldexp(double x, int e) { return __builtin_ldexp(x, e); }
FML_HOST void sincosf(float x, float* s, float* c) { *s = __builtin_sinf(x); *c = __builtin_cosf(x); }
FML_HOST void sincos(float x, float* s, float* c) { *s = __builtin_sinf(x); *c = __builtin_cosf(x); }
FML_HOST void sincos(double x, double* s, double* c) { *s = __builtin_sin(x); *c = __builtin_cos(x); }
FML_HOST float __saturatef(float x) { return x > 0 ? x < 1 ? x : 1 : 0; }
FML_HOST bool isnan(float x) { return __builtin_isnan(x); }
FML_HOST bool isnan(double x) { return __builtin_isnan(x); }
FML_HOST bool isinf(float x) { return __builtin_isinf(x); }
FML_HOST bool isinf(double x) { return __builtin_isinf(x); }
FML_HOST bool isfinite(float x) { return __builtin_isfinite(x); }
FML_HOST bool isfinite(double x) { return __builtin_isfinite(x); }
FML_HOST bool signbit(float x) { return __builtin_signbit(x); }
FML_HOST bool signbit(double x) { return __builtin_signbit(x); }
FML_HOST int abs(int x) { return x < 0 ? -x : x; }
FML_HOST long abs(long x) { return x < 0 ? -x : x; }
FML_HOST long long abs(long long x) { return x < 0 ? -x : x; }
FML_HOST long long llabs(long long x) { return x < 0 ? -x : x; }
FML_HOST float abs(float x) { return __builtin_fabsf(x); }
FML_HOST double abs(double x) { return __builtin_fabs(x); }

#define FML_INTEGER_MINMAX(A, B, T) \
    FML_HOST T min(A a, B b) { return (T)a < (T)b ? (T)a : (T)b; } \
    FML_HOST T max(A a, B b) { return (T)a > (T)b ? (T)a : (T)b; }
FML_INTEGER_MINMAX(int, int, int)
FML_INTEGER_MINMAX(unsigned, unsigned, unsigned)
FML_INTEGER_MINMAX(int, unsigned, unsigned)
FML_INTEGER_MINMAX(unsigned, int, unsigned)
FML_INTEGER_MINMAX(long, long, long)
FML_INTEGER_MINMAX(unsigned long, unsigned long, unsigned long)
FML_INTEGER_MINMAX(long, unsigned long, unsigned long)
FML_INTEGER_MINMAX(unsigned long, long, unsigned long)
FML_INTEGER_MINMAX(long long, long long, long long)
FML_INTEGER_MINMAX(unsigned long long, unsigned long long, unsigned long long)
FML_INTEGER_MINMAX(long long, unsigned long long, unsigned long long)
FML_INTEGER_MINMAX(unsigned long long, long long, unsigned long long)
#define FML_FLOAT_MINMAX(A, B, T) \
    FML_HOST T min(A a, B b) { return fmin((T)a, (T)b); } \
    FML_HOST T max(A a, B b) { return fmax((T)a, (T)b); }
FML_FLOAT_MINMAX(float, float, float)
FML_FLOAT_MINMAX(double, double, double)
FML_FLOAT_MINMAX(float, double, double)
FML_FLOAT_MINMAX(double, float, double)

// Rounding that is spelled out, and the fast functions, here exact.
FML_HOST float __fadd_rn(float a, float b) { return a + b; }
FML_HOST float __fsub_rn(float a, float b) { return a - b; }
FML_HOST float __fmul_rn(float a, float b) { return a * b; }
FML_HOST float __fdiv_rn(float a, float b) { return a / b; }
FML_HOST float __fmaf_rn(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
FML_HOST float __fsqrt_rn(float a) { return __builtin_sqrtf(a); }
FML_HOST float __frcp_rn(float a) { return 1 / a; }
FML_HOST float __frsqrt_rn(float a) { return 1 / __builtin_sqrtf(a); }
FML_HOST double __dadd_rn(double a, double b) { return a + b; }
FML_HOST double __dsub_rn(double a, double b) { return a - b; }
FML_HOST double __dmul_rn(double a, double b) { return a * b; }
FML_HOST double __ddiv_rn(double a, double b) { return a / b; }
FML_HOST double __fma_rn(double a, double b, double c) { return __builtin_fma(a, b, c); }
FML_HOST double __dsqrt_rn(double a) { return __builtin_sqrt(a); }
FML_HOST float __fdividef(float a, float b) { return a / b; }
FML_HOST float __expf(float x) { return __builtin_expf(x); }
FML_HOST float __exp10f(float x) { return __builtin_exp10f(x); }
FML_HOST float __logf(float x) { return __builtin_logf(x); }
FML_HOST float __log2f(float x) { return __builtin_log2f(x); }
FML_HOST float __log10f(float x) { return __builtin_log10f(x); }
FML_HOST float __powf(float x, float y) { return __builtin_powf(x, y); }
FML_HOST float __sinf(float x) { return __builtin_sinf(x); }
FML_HOST float __cosf(float x) { return __builtin_cosf(x); }
FML_HOST float __tanf(float x) { return __builtin_tanf(x); }
FML_HOST void __sincosf(float x, float* s, float* c) { sincosf(x, s, c); }

// To integers a device saturates and turns what is not a number into 0; a plain cast does not promise it here.
namespace fml_emulated {
template <class To, class From> FML_HOST To to_integer(From x)
{
    const To least = To(-1) < To(0) ? To((To)1 << (sizeof(To) * 8 - 1)) : To(0), greatest = (To)~least;
    if (x != x) return 0;
    if (x <= (From)least) return least;
    if (x >= (From)greatest) return greatest;
    return (To)x;
}
}
#define FML_ROUNDINGS(NAME, FROM, TO) \
    FML_HOST TO NAME##_rn(FROM x) { return fml_emulated::to_integer<TO>(rint(x)); } \
    FML_HOST TO NAME##_rz(FROM x) { return fml_emulated::to_integer<TO>(trunc(x)); } \
    FML_HOST TO NAME##_rd(FROM x) { return fml_emulated::to_integer<TO>(floor(x)); } \
    FML_HOST TO NAME##_ru(FROM x) { return fml_emulated::to_integer<TO>(ceil(x)); }
FML_ROUNDINGS(__float2int, float, int)
FML_ROUNDINGS(__float2uint, float, unsigned)
FML_ROUNDINGS(__float2ll, float, long long)
FML_ROUNDINGS(__double2int, double, int)
FML_ROUNDINGS(__double2uint, double, unsigned)
FML_ROUNDINGS(__double2ll, double, long long)
FML_HOST float __int2float_rn(int x) { return (float)x; }
FML_HOST float __uint2float_rn(unsigned x) { return (float)x; }
FML_HOST float __ll2float_rn(long long x) { return (float)x; }
FML_HOST double __int2double_rn(int x) { return (double)x; }
FML_HOST double __ll2double_rn(long long x) { return (double)x; }
FML_HOST float __double2float_rn(double x) { return (float)x; }

// ---- the table of entries ------------------------------------------------------------------------------------------------------------
namespace fml_emulated {
template <int... I> struct Numbers {};
template <int N, int... I> struct Count : Count<N - 1, N - 1, I...> {};
template <int... I> struct Count<0, I...> { typedef Numbers<I...> Type; };
template <class T> struct Plain { typedef T Type; };
template <class T> struct Plain<const T> { typedef T Type; };

template <auto F> struct Call;
template <class... A, void (*F)(A...)> struct Call<F> {
    template <int... I> static void with(void** arguments, Numbers<I...>) { F(*(typename Plain<A>::Type*)arguments[I]...); }
    static void run(void** arguments) { with(arguments, typename Count<sizeof...(A)>::Type()); }
    static constexpr int count = sizeof...(A);
    static constexpr int sizes[] = {(int)sizeof(A)..., 0};
};
template <auto F> constexpr Entry entry(const char* source, const char* name)
{
    return {source, name, Call<F>::run, Call<F>::count, Call<F>::sizes};
}
}
