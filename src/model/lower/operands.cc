#include "model/lower/operands.h"

#include "base/scale_index.h"
#include "base/text.h"
#include "format/planes.h"
#include "format/table.h"
#include "layout/geometry.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace lutgemm::model::lower {
namespace {

using base::MakeStatus;

// Keys of one plane and step out of layout kPlanes.
class KeyReader {
 public:
  KeyReader(const PackedWeights& weights, const layout::Geometry& geometry, size_t step_k)
      : blob_(weights.blob().data()), g_(geometry), k_(static_cast<unsigned>(step_k)) {
    for (unsigned key = 0; key < stored_.size(); ++key) {
      stored_[key] = static_cast<uint8_t>(format::StoredKey(key & ((1u << k_) - 1), k_));
    }
  }

  // Of output n, weights [begin, end) along K, no more than a step's; bits past the end are 0.
  unsigned Stored(size_t n, size_t plane, size_t begin, size_t end) const {
    const std::byte* strip = blob_ + n / g_.strip * g_.strip_bytes;
    const size_t output = n % g_.strip;
    const size_t at = g_.ks.At(begin);
    if (k_ == 4 && at % 4 == 0) {  // one nibble; the layout's padding holds zeros
      const layout::BitAddress a = layout::PlanesAt(g_.planes, output, at, plane);
      return stored_[static_cast<unsigned>(strip[a.byte]) >> a.bit & 15u];
    }
    unsigned key = 0;
    for (size_t k = begin; k < end; ++k) {
      const layout::BitAddress a = layout::PlanesAt(g_.planes, output, g_.ks.At(k), plane);
      key |= (static_cast<unsigned>(strip[a.byte]) >> a.bit & 1u) << (k - begin);
    }
    return stored_[key];
  }

 private:
  const std::byte* blob_;
  const layout::Geometry& g_;
  unsigned k_;
  std::array<uint8_t, 256> stored_{};
};

void PutBits(std::byte* base, size_t bit, unsigned value) {
  unsigned word = value << bit % 8;
  for (std::byte* at = base + bit / 8; word != 0; ++at, word >>= 8) *at |= std::byte(word & 0xffu);
}

// The weights of one n tile.
void WriteTile(const CompiledGemm& gemm, const KeyReader& keys, size_t tile, std::byte* operand) {
  const StepSpace& s = gemm.layout.steps;
  const size_t tile_n = gemm.target.shape.n, step_k = gemm.target.shape.k;
  const size_t planes = CodeBits(gemm.weights.format);
  const size_t first = tile * tile_n;
  const size_t count = std::min(tile_n, gemm.weights.n - first);
  for (size_t g = 0; g < s.groups; ++g) {
    const size_t end = gemm.weights.group_end(g);
    for (size_t k = gemm.weights.group_begin(g); k < end; k += step_k) {
      for (size_t p = 0; p < planes; ++p) {
        for (size_t n = 0; n < count; ++n) {
          const unsigned key = keys.Stored(first + n, p, k, std::min(k + step_k, end));
          PutBits(operand, (p * tile_n + n) * step_k, key);
        }
      }
      operand += gemm.layout.weight_bytes;
    }
  }
}

template <class T>
void Put(std::byte* base, size_t index, T value) {
  std::memcpy(base + index * sizeof(T), &value, sizeof(T));
}

// Centers, scales and offsets of all outputs of an n tile in group g.
void WriteRecord(const CompiledGemm& gemm, const QuantizedMatrix& matrix, size_t tile, size_t g,
                 std::byte* record) {
  const WeightInfo& info = gemm.weights;
  const size_t tile_n = gemm.target.shape.n;
  for (size_t j = 0; j < tile_n && tile * tile_n + j < info.n; ++j) {
    const size_t n = tile * tile_n + j;
    const size_t index = base::ScaleIndex(info, n, g);
    unsigned zero = format::NoneZero(info.format);
    if (info.zero == ZeroKind::kInteger) zero = matrix.zeros[index];
    if (info.zero == ZeroKind::kFloat) zero = 0;  // the code itself, and an offset
    Put(record, j, static_cast<int32_t>(format::Center(info.format, zero)));
    Put(record, tile_n + j, matrix.scales[index]);
    Put(record, 2 * tile_n + j, info.zero == ZeroKind::kFloat ? matrix.offsets[index] : 0.0f);
  }
}

bool SameInfo(const WeightInfo& a, const WeightInfo& b) {
  return a.format == b.format && a.zero == b.zero && a.n == b.n && a.k == b.k && a.group == b.group;
}

}  // namespace

Status WriteWeights(const CompiledGemm& gemm, const QuantizedMatrix& matrix,
                    std::span<std::byte> global) {
  if (!SameInfo(gemm.weights, matrix.info)) {
    return MakeStatus(Code::kBadArgument, "the product was compiled for other weights");
  }
  const Result<PackedWeights> packed = Pack(matrix, LayoutId::kPlanes);
  if (!packed.ok()) return packed.status();
  const auto geometry = layout::MakeGeometry(matrix.info, LayoutId::kPlanes);
  if (!geometry) return MakeStatus(Code::kInternal, "packed weights without a geometry");
  const KeyReader keys(*packed, *geometry, gemm.target.shape.k);
  const GemmLayout& l = gemm.layout;
  std::memset(&global[l.weights], 0, l.n_tiles * l.steps.steps * l.weight_bytes);
  std::memset(&global[l.records], 0, l.n_tiles * l.steps.groups * l.record_bytes);
  for (size_t tile = 0; tile < l.n_tiles; ++tile) {
    WriteTile(gemm, keys, tile, &global[l.weights + tile * l.steps.steps * l.weight_bytes]);
    for (size_t g = 0; g < l.steps.groups; ++g) {
      const size_t at = l.records + (tile * l.steps.groups + g) * l.record_bytes;
      WriteRecord(gemm, matrix, tile, g, &global[at]);
    }
  }
  return {};
}

void WriteActs(const CompiledGemm& gemm, const void* acts, std::span<std::byte> global) {
  const GemmLayout& l = gemm.layout;
  const size_t bytes = gemm.weights.k * isa::ActBytes(gemm.spec.act);
  std::memset(&global[l.acts], 0, l.m_tiles * gemm.target.shape.m * l.act_stride);
  for (size_t row = 0; row < gemm.spec.m; ++row) {
    std::memcpy(&global[l.acts + row * l.act_stride],
                static_cast<const std::byte*>(acts) + row * bytes, bytes);
  }
}

void WriteRowScales(const CompiledGemm& gemm, std::span<const float> scales,
                    std::span<std::byte> global) {
  const GemmLayout& l = gemm.layout;
  const size_t tile_m = gemm.target.shape.m, groups = l.steps.groups;
  for (size_t row = 0; row < l.m_tiles * tile_m; ++row) {
    for (size_t g = 0; g < groups; ++g) {
      std::byte* record = &global[l.rows + (row / tile_m * groups + g) * l.row_bytes];
      const bool given = !scales.empty() && row < gemm.spec.m;
      Put(record, 2 * tile_m, isa::RowSumKind::kOpen);
      Put(record, row % tile_m, int32_t{0});
      Put(record, tile_m + row % tile_m, given ? scales[row * groups + g] : 1.0f);
    }
  }
}

std::vector<uint32_t> ReadOutputs(const CompiledGemm& gemm, std::span<const std::byte> global) {
  const GemmLayout& l = gemm.layout;
  const size_t tile_m = gemm.target.shape.m, tile_n = gemm.target.shape.n, n = gemm.weights.n;
  std::vector<uint32_t> out(gemm.spec.m * n);
  for (size_t at = 0; at < out.size(); ++at) {
    const size_t row = at / n, column = at % n;
    const size_t tile = row / tile_m * l.n_tiles + column / tile_n;
    const size_t in_tile = row % tile_m * tile_n + column % tile_n;
    std::memcpy(&out[at], &global[l.out + tile * l.out_bytes + in_tile * sizeof(uint32_t)],
                sizeof(uint32_t));
  }
  return out;
}

}  // namespace lutgemm::model::lower
