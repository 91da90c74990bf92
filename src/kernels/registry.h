// Every kernel and every target, as plain data. A target may or may not have a kernel.
#ifndef LUTGEMM_KERNELS_REGISTRY_H_
#define LUTGEMM_KERNELS_REGISTRY_H_

#include "kernels/contract.h"

#include <lutgemm/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lutgemm::kernels {

enum class KernelId : uint8_t {
#define LUTGEMM_KERNEL(name, ...) name,
#include "kernels/gen/kernels.inc"
#undef LUTGEMM_KERNEL
  kCount,
};
inline constexpr size_t kKernelCount = static_cast<size_t>(KernelId::kCount);

// What sums of looked-up entries or products are sums of.
enum class Digits : uint8_t {
  kSigned,    // planes as digits of -1 and 1
  kValues,    // the weights' integers
  kCodes,     // the stored codes
  kCodebook,  // entries of a codebook, plus kCodebookBias
};
struct MethodSpec {
  Method method;
  std::string_view name;
  Digits digits;
  std::string_view doc;
};
inline constexpr size_t kMethodCount = 0
#define LUTGEMM_METHOD(...) +1
#include "kernels/gen/methods.inc"
#undef LUTGEMM_METHOD
    ;
const MethodSpec& SpecOf(Method method);

// How activations are packed.
struct PackingSpec {
  Packing packing;
  std::string_view name;
  size_t step_k;      // activations per step
  size_t step_bytes;  // packed bytes per step and token
  bool tables;        // tables of sums; else the int8 activations themselves
  std::string_view doc;
};
const PackingSpec& SpecOf(Packing packing);

enum class Modes : uint8_t { kFastOnly, kExactOnly, kBoth };

// Kinds of sums that a kernel may be able to end, beside symmetric weights with float outputs.
namespace Fold {
inline constexpr uint8_t kZeros = 1;       // integer zero points of any size
inline constexpr uint8_t kSmallZeros = 2;  // those that bytes of codes take in
inline constexpr uint8_t kOffsets = 4;     // zeros that are floats
inline constexpr uint8_t kIntegers = 8;    // int32 outputs
inline constexpr uint8_t kSpans = 16;      // spans, with factors of super-groups
}  // namespace Fold

struct KernelSpec {
  KernelId id;
  std::string_view name;
  Method method;
  Regime regime;
  LayoutId layout;
  Modes modes;
  size_t planes;  // cells per slice that the kernel reads; 0 in kTrits
  bool binary;    // takes planes for bits of the code
  Packing packing;
  size_t least_tokens;
  size_t most_tokens;  // 0: any number
  // Tokens that meet a weight for each time that it is read, and that it is decoded; 0: all of a
  // tile.
  size_t read_tokens;
  size_t decode_tokens;
  uint8_t folds;       // of namespace Fold
  bool parts;          // calls may do a part of K
  size_t panel_bytes;  // of a panel of 64 outputs, per step; 0 where there is none
  size_t chunk_unit;   // steps that are expanded to it together
  size_t block_unit;   // blocks of activations are multiples of it
  size_t block;        // in fast mode where the problem does not say; 0: the weight group
  std::string_view doc;
};
// All kernels, in the order of codegen/spec/kernels.toml.
std::span<const KernelSpec> Kernels();
// By its name; null where there is none.
const KernelSpec* FindKernel(std::string_view name);

// What a target's instructions are like; target/traits-inl.h.
struct TargetTraits {
  size_t table_entries = 0;  // of one byte lookup; 0 without SIMD
  bool byte_product = false;
  bool bit_transpose = false;
  size_t vector_bytes = 0;
  size_t registers = 0;
};

// The functions of one target. A null kernel: the target lacks it. What a shard has of a target is
// one of these too, without a name and with all else null.
struct TargetKernels {
  std::string_view name;
  TargetTraits traits;
  std::array<KernelFn, kKernelCount> kernel{};
  std::array<uint8_t, kKernelCount> strips_at_once{};  // most strips that one call may do
  std::array<PackActFn, kPackingCount> pack_act{};
  StoreFn store = nullptr;
  SumSquaresFn sum_squares = nullptr;
  ProduceFn produce = nullptr;
  BlockScoresFn block_scores = nullptr;
  BlockSumsFn block_sums = nullptr;

  constexpr void Set(KernelId which, size_t strips, KernelFn fn) {
    kernel[static_cast<size_t>(which)] = fn;
    strips_at_once[static_cast<size_t>(which)] = static_cast<uint8_t>(strips);
  }
  constexpr void Set(Packing which, PackActFn fn) { pack_act[static_cast<size_t>(which)] = fn; }

  bool Has(const KernelSpec& spec) const {
    return kernel[static_cast<size_t>(spec.id)] != nullptr &&
           pack_act[static_cast<size_t>(spec.packing)] != nullptr;
  }
};

// Targets that this build has and this CPU can run, best first; PORTABLE is always the last.
std::span<const TargetKernels* const> SupportedTargets();
// Whether this build has a target of that name, supported or not.
bool IsCompiledTarget(std::string_view name);

}  // namespace lutgemm::kernels

#endif  // LUTGEMM_KERNELS_REGISTRY_H_
