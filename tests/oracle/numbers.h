// Numbers as docs/formats.md and docs/numerics.md define them, written from these pages alone: the
// tests' own oracle includes nothing of src/ref or src/kernels, so that page and code are held
// together by comparing the two.
#ifndef LUTGEMM_ORACLE_NUMBERS_H_
#define LUTGEMM_ORACLE_NUMBERS_H_

#include <lutgemm/types.hpp>

#include <cstddef>

namespace lutgemm::oracle {

// rint(x) of the page: to the nearest integer, ties to even.
int Rint(float x);

// value rounded once to f16 or bf16, ties to even; f32 as it is.
float Rounded(float value, Elem elem);

// Element `index` of stored f32, f16, bf16 or i8.
float Load(const void* data, Elem elem, size_t index);

// Stores value, rounded once, as element `index`.
void Store(void* data, Elem elem, size_t index, float value);

// Whether two floats have the same bits, or are both NaN.
bool Same(float a, float b);

}  // namespace lutgemm::oracle

#endif  // LUTGEMM_ORACLE_NUMBERS_H_
