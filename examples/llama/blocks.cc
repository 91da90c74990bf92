#include "llama/blocks.hpp"
#include <cmath>
#include <cstring>
namespace llama {
using namespace lutgemm;
static float Half(const std::byte* p) {
  uint16_t bits;
  std::memcpy(&bits, p, 2);
  const int e = bits >> 10 & 31, f = bits & 1023;
  float v = e == 0 ? std::ldexp(float(f), -24) : std::ldexp(float(1024 + f), e - 25);
  return bits & 0x8000 ? -v : v;
}
Result<QuantizedMatrix> ImportTensor(const FileTensor& t, Threads*) {
  QuantizedMatrix m;
  m.info.n = t.shape[0];
  m.info.k = t.shape[1];
  m.info.group = 32;
  m.info.scale = Elem::kF16;
  const size_t blocks = m.info.n * m.info.k / 32;
  m.codes.resize(blocks * 32);
  if (t.dtype == "Q4_1") {
    m.info.format = WeightFormat::kInt4;
    m.info.zero = ZeroKind::kFloat;
    for (size_t b = 0; b < blocks; ++b) {
      const std::byte* p = t.bytes.data() + b * 20;
      m.scales.push_back(Half(p));
      m.offsets.push_back(Half(p + 2));
      for (size_t i = 0; i < 16; ++i) {
        m.codes[b * 32 + i] = uint8_t(p[4 + i]) & 15;
        m.codes[b * 32 + 16 + i] = uint8_t(p[4 + i]) >> 4;
      }
    }
  } else if (t.dtype == "Q8_0") {
    m.info.format = WeightFormat::kInt8;
    m.info.zero = ZeroKind::kNone;
    for (size_t b = 0; b < blocks; ++b) {
      const std::byte* p = t.bytes.data() + b * 34;
      m.scales.push_back(Half(p));
      for (size_t i = 0; i < 32; ++i) m.codes[b * 32 + i] = uint8_t(uint8_t(p[2 + i]) + 128);
    }
  } else
    return Status(Code::kUnsupportedFormat, "tensor type " + t.dtype);
  return m;
}
}  // namespace llama
