#include "io/gguf_types.h"

#include "base/bits.h"
#include "io/dtype.h"

namespace lutgemm::io {
namespace {

constexpr GgufTensorType kTypes[] = {
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},
    {3, "Q4_1", 32, 20},      {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 36},      {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},  {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},
    {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},  {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},   {39, "MXFP4", 32, 17},    {40, "NVFP4", 64, 36},
    {41, "Q1_0", 128, 18},    {42, "Q2_0", 64, 18}};

// One byte per element.
std::optional<size_t> ByteEach(std::span<const uint64_t> dims) { return ElementCount(dims); }

// Two bits per element, then 32 bytes of which the first four are the scale.
std::optional<size_t> PairsAndTail(std::span<const uint64_t> dims) {
  const std::optional<size_t> count = ElementCount(dims);
  if (!count) return std::nullopt;
  return *count / 4 + 32;
}

// All but 256 of K in triples of five bits, those 256 in pairs of four; whole 32 bytes, and 32
// more.
std::optional<size_t> Triples(std::span<const uint64_t> dims) {
  const std::optional<size_t> count = ElementCount(dims);
  size_t bits = 0;
  if (!count || dims.empty() || dims[0] < 256 || !base::CheckedMul(*count, 5, &bits)) {
    return std::nullopt;
  }
  const size_t rows = *count / static_cast<size_t>(dims[0]);
  const size_t triples = (static_cast<size_t>(dims[0]) - 256) * rows / 3 * 5 / 8;
  return base::RoundUp(triples + 64 * rows, 32) + 32;
}

constexpr GgufForkType kForkTypes[] = {{36, "I2_S", PairsAndTail},
                                       {37, "I8_S", ByteEach},
                                       {38, "TL1", PairsAndTail},
                                       {39, "TL2", Triples},
                                       {42, "TL2", Triples}};

}  // namespace

const GgufTensorType* FindGgufType(uint32_t id) noexcept {
  for (const GgufTensorType& type : kTypes) {
    if (type.id == id) return &type;
  }
  return nullptr;
}

const GgufForkType* FindGgufForkType(uint32_t id) noexcept {
  for (const GgufForkType& type : kForkTypes) {
    if (type.id == id) return &type;
  }
  return nullptr;
}

}  // namespace lutgemm::io
