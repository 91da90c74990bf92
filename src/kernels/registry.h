// Every kernel row and every target, as plain data. A row names what a kernel computes; a target
// may or may not have it.
#ifndef LUTGEMM_KERNELS_REGISTRY_H_
#define LUTGEMM_KERNELS_REGISTRY_H_

#include "kernels/args.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lutgemm::kernels {

enum class RowId : uint8_t {
#define LUTGEMM_ROW(name, family, layout, modes, planes, prep) name,
#include "kernels/gen/rows.inc"
#undef LUTGEMM_ROW
  kCount,
};
inline constexpr size_t kRowCount = static_cast<size_t>(RowId::kCount);

enum class Modes : uint8_t { kFastOnly, kExactOnly, kBoth };

struct RowSpec {
  RowId id;
  std::string_view name;
  std::string_view family;
  LayoutId layout;
  Modes modes;
  size_t planes;  // cells per slice that the row reads; 0 for kTrits
  Prep prep;
};
// All rows, in the order of codegen/spec/kernels.toml.
std::span<const RowSpec> RowSpecs();

// What decides which family wins on a target.
enum class TargetClass : uint8_t {
  kPortable,  // no SIMD
  kNarrow,    // 16-entry byte lookups
  kWide,      // 64- and 128-entry byte lookups and a byte dot product
};

// The functions of one target. A null lookup: the target lacks the row. What a shard has of a
// target is one of these too, without a name and with all else null.
struct TargetKernels {
  std::string_view name;
  TargetClass target_class = TargetClass::kPortable;
  std::array<LookupFn, kRowCount> lookup{};
  std::array<uint8_t, kRowCount> strips_at_once{};  // most strips that one call may do
  std::array<PrepFn, kPrepCount> prep{};
  StoreFn store = nullptr;
  SumSquaresFn sum_squares = nullptr;
  ProduceFn produce = nullptr;
  BlockScoresFn block_scores = nullptr;
  BlockSumsFn block_sums = nullptr;

  constexpr void Set(RowId row, LookupFn fn, size_t strips = 1) {
    lookup[static_cast<size_t>(row)] = fn;
    strips_at_once[static_cast<size_t>(row)] = static_cast<uint8_t>(strips);
  }
  constexpr void Set(Prep which, PrepFn fn) { prep[static_cast<size_t>(which)] = fn; }
};

// Targets that this build has and this CPU can run, best first; PORTABLE is always the last.
std::span<const TargetKernels* const> SupportedTargets();
// Whether this build has a target of that name, supported or not.
bool IsCompiledTarget(std::string_view name);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_REGISTRY_H_
