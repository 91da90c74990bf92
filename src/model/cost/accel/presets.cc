#include "model/cost/accel/presets.h"

#include "base/names.h"
#include "base/text.h"

#include <array>
#include <cmath>
#include <string>

namespace lutgemm::model::accel {
namespace {

// PE energies and areas are constants of the authors' simulator.
constexpr Accelerator kFp16Array = {.name = "fp16",
                                    .prefill = {32, 24},
                                    .decode = {64, 12},
                                    .pe_um2 = 1968.7,
                                    .energy = {.pe_pj = 0.77}};
constexpr Accelerator kBitModArray = {.name = "bitmod",
                                      .bit_serial = true,
                                      .lanes = 4,
                                      .prefill = {32, 32},
                                      .decode = {64, 16},
                                      .kv_bits = 8,
                                      .pe_um2 = 1507.7,
                                      .energy = {.pe_pj = 0.56}};
constexpr Accelerator kAntArray = {.name = "ant",
                                   .prefill = {32, 32},
                                   .decode = {64, 16},
                                   .pe_um2 = 1318.6,
                                   .energy = {.pe_pj = 0.56}};
constexpr Accelerator kOliveArray = {.name = "olive",
                                     .prefill = {36, 32},
                                     .decode = {72, 16},
                                     .pe_um2 = 1318.6,
                                     .energy = {.pe_pj = 0.613}};
constexpr std::array kAccelerators = {kFp16Array, kBitModArray, kAntArray, kOliveArray};
constexpr const Accelerator* kFp16 = &kAccelerators[0];
constexpr const Accelerator* kBitMod = &kAccelerators[1];
constexpr const Accelerator* kAnt = &kAccelerators[2];
constexpr const Accelerator* kOlive = &kAccelerators[3];

constexpr double kScaleBits = 8.0 / 128.0, kSelectorBits = 2.0 / 128.0;

constexpr std::array<Dtype, 8> kDtypes = {{
    {"fp16", "f16 weights, FP16 multiply-accumulate", kFp16, 16.0, 16.0},
    {"int8", "INT8 per channel", kBitMod, 8.0, 8.0},
    {"int6", "INT6 per group: 'lossless' in the paper", kBitMod, 6 + kScaleBits, 6 + kScaleBits},
    {"bitmod4", "FP4 with special values", kBitMod, 4 + kScaleBits, 4 + kScaleBits},
    {"bitmod3", "FP3 with special values", kBitMod, 3 + kScaleBits, 3 + kScaleBits},
    {"lossy", "the paper's: bitmod4 prefill, bitmod3 decode", kBitMod, 4 + kScaleBits,
     3 + kScaleBits},
    {"ant", "ANT at the bits that the authors give it", kAnt, 0.0, 0.0},
    {"olive", "OliVe at the bits that the authors give it", kOlive, 0.0, 0.0},
}};

constexpr std::array<LanguageModel, 3> kModels = {{
    {"llama2-7b", 4096, 11008, 32, 32, 32, 32000, 5.0, 4.0},
    {"llama2-13b", 5120, 13824, 40, 40, 40, 32000, 4.0, 4.0},
    {"llama3-8b", 4096, 14336, 32, 32, 8, 128256, 5.0, 4.5},
}};

template <class T>
Result<T> Find(const char* what, std::span<const T> all, std::string_view name) noexcept {
  return base::Guarded([&]() -> Result<T> {
    std::string names;
    for (const T& each : all) {
      if (each.name == name) return each;
      names += base::Cat(names.empty() ? "" : ", ", each.name);
    }
    return base::MakeStatus(Code::kNotFound, "unknown ", what, " ", base::Quote(name),
                            "; there are ", names);
  });
}

}  // namespace

std::span<const Accelerator> Accelerators() noexcept { return kAccelerators; }
std::span<const Dtype> Dtypes() noexcept { return kDtypes; }
std::span<const LanguageModel> Models() noexcept { return kModels; }

Result<Dtype> FindDtype(std::string_view name) noexcept { return Find("dtype", Dtypes(), name); }
Result<LanguageModel> FindModel(std::string_view name) noexcept {
  return Find("model", Models(), name);
}

double WeightBits(const Dtype& dtype, const LanguageModel& model, Phase phase, bool selectors) {
  if (dtype.name == "ant") return model.ant_bits;
  if (dtype.name == "olive") return model.olive_bits;
  const double bits = phase == Phase::kPrefill ? dtype.prefill_bits : dtype.decode_bits;
  const bool bitmod = dtype.accelerator == kBitMod && bits < 5.0;
  return bits + (selectors && bitmod ? kSelectorBits : 0.0);
}

}  // namespace lutgemm::model::accel
