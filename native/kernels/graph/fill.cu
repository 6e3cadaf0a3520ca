// A tensor whose elements are all the same number.
#include "fml.cuh"

struct Sizes {
    Index Count;  // elements
    double Value; // their value
};

// The number as an element; i32 saturates and takes NaN as 0.
template <class Element> static __device__ __forceinline__ Element converted(double value) { return (Element)value; }
template <> __device__ __forceinline__ int converted<int>(double value)
{
    return value >= 2147483647.0 ? 2147483647 : value <= -2147483648.0 ? -2147483647 - 1 : value == value ? (int)value : 0;
}

// y = Value: 16 bytes a thread and step, single elements behind the last whole 16 bytes. Floor: Count elements written.
extern "C" __global__ void fill(Sizes p, T* y)
{
    struct alignas(16) Pack { T element[16 / sizeof(T)]; } pack;
    const int size = 16 / sizeof(T);
    for (int i = 0; i < size; i++) pack.element[i] = converted<T>(p.Value);
    const Index packs = is_aligned16(y) ? p.Count / size : 0;
    for (Index i = first_item(); i < packs; i += item_stride()) ((Pack*)y)[i] = pack;
    for (Index i = packs * size + first_item(); i < p.Count; i += item_stride()) y[i] = pack.element[0];
}
