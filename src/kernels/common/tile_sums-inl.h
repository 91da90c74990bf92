// The integer sums of a register tile as lists of names: a0, b0, c0, d0, a1 and so on. They are
// variables of the tile's function, and parameters by reference of what it calls, because vectors
// of a length that only the machine knows fit no struct, array or capture, and g++ 12 spills
// arrays.
#if defined(LUTGEMM_KERNELS_COMMON_TILE_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LUTGEMM_KERNELS_COMMON_TILE_SUMS_INL_H_
#undef LUTGEMM_KERNELS_COMMON_TILE_SUMS_INL_H_
#else
#define LUTGEMM_KERNELS_COMMON_TILE_SUMS_INL_H_
#endif

#include "kernels/common/tile-inl.h"

#undef LUTGEMM_TILE_LIST
#undef LUTGEMM_TILE_SUMS_OF
#undef LUTGEMM_TILE_PARAMETERS_OF
#undef LUTGEMM_TILE_SUMS
#undef LUTGEMM_TILE_SUM_PARAMETERS

// X of every token of a tile, with commas between: LUTGEMM_EACH_TOKEN as a list.
#if LUTGEMM_TILE_TOKENS == 6
#define LUTGEMM_TILE_LIST(X) X(0), X(1), X(2), X(3), X(4), X(5)
#else
#define LUTGEMM_TILE_LIST(X) X(0), X(1), X(2), X(3)
#endif

// The sums of token t, a vector of outputs each, as arguments; and as parameters. A tile of fewer
// tokens or of other products than a target's largest leaves some unused.
#if LUTGEMM_TILE_VECTORS == 4
#define LUTGEMM_TILE_SUMS_OF(t) a##t, b##t, c##t, d##t
#define LUTGEMM_TILE_PARAMETERS_OF(t) TileSum &a##t, TileSum &b##t, TileSum &c##t, TileSum &d##t
#else
#define LUTGEMM_TILE_SUMS_OF(t) a##t, b##t
#define LUTGEMM_TILE_PARAMETERS_OF(t) TileSum &a##t, TileSum &b##t
#endif

// All sums of a tile as arguments; behind the type TileSum, they are the variables themselves.
#define LUTGEMM_TILE_SUMS LUTGEMM_TILE_LIST(LUTGEMM_TILE_SUMS_OF)
// All sums of a tile as parameters of a function that adds to them.
#define LUTGEMM_TILE_SUM_PARAMETERS LUTGEMM_TILE_LIST(LUTGEMM_TILE_PARAMETERS_OF)

HWY_BEFORE_NAMESPACE();
namespace lutgemm::kernels::HWY_NAMESPACE {

using TileSum = hn::Vec<TileTag>;

}  // namespace lutgemm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // LUTGEMM_KERNELS_COMMON_TILE_SUMS_INL_H_
