// A small checkpoint of each convention of safetensors.
#ifndef LUTGEMM_TESTS_IMPORT_CONVENTIONS_H_
#define LUTGEMM_TESTS_IMPORT_CONVENTIONS_H_

#include "checkpoint.h"

#include "format/codebook.h"

#include <iterator>
#include <string>
#include <vector>

namespace lutgemm::import_test {

inline Checkpoint SmallGptq() {
  Checkpoint file;
  std::vector<uint32_t> g_idx(16);
  for (size_t k = 0; k < 16; ++k) g_idx[k] = k % 2;
  file.Add("p.qweight", "I32", {2, 8}, Words(std::vector<uint32_t>(16, 0x76543210)));
  file.Add("p.qzeros", "I32", {2, 1}, Words({0x12345678, 0x9abcdef0}));
  file.Add("p.scales", "F32", {2, 8}, Floats(std::vector<float>(16, 0.5f)));
  return file.Add("p.g_idx", "I32", {16}, Words(g_idx));
}

inline Checkpoint SmallAwq() {
  Checkpoint file;
  file.Add("p.qweight", "I32", {8, 1}, Words(std::vector<uint32_t>(8, 0x76543210)));
  file.Add("p.qzeros", "I32", {2, 1}, Words({0x12345678, 0x9abcdef0}));
  return file.Add("p.scales", "F32", {2, 8}, Floats(std::vector<float>(16, 0.5f)));
}

inline Checkpoint SmallBitnet() {
  Checkpoint file;
  file.Add("p.weight", "U8", {2, 3}, "\x18\x86\x61\x18\x24\x42");
  return file.Add("p.weight_scale", "F32", {1}, Floats({0.5f}));
}

inline Checkpoint SmallPackedInts() {
  Checkpoint file;
  file.Add("p.weight_packed", "I32", {2, 6}, Words(std::vector<uint32_t>(12, 0x76543210)));
  file.Add("p.weight_scale", "F32", {2, 2}, Floats({1, 2, 3, 4}));
  file.Add("p.weight_shape", "I64", {2}, Longs({2, 48}));
  std::vector<uint32_t> g_idx(48);
  for (size_t k = 0; k < 48; ++k) g_idx[k] = k % 2;
  file.Add("p.weight_g_idx", "I32", {48}, Words(g_idx));
  return file.Add("p.weight_zero_point", "I32", {1, 2}, Words({0x12345678, 0x01234567}));
}

inline Checkpoint SmallInt8() {
  Checkpoint file;
  file.Add("p.weight", "I8", {3, 4}, "abcdefghijkl");
  return file.Add("p.weight_scale", "F32", {3}, Floats({1, 2, 3}));
}

inline Checkpoint SmallNvfp4() {
  Checkpoint file;
  file.Add("p.weight_packed", "U8", {2, 16}, std::string(32, 'a'));
  file.Add("p.weight_scale", "F8_E4M3", {2, 2}, "abcd");
  return file.Add("p.weight_global_scale", "F32", {1}, Floats({3}));
}

inline Checkpoint SmallMxfp4() {
  Checkpoint file;
  file.Add("w_blocks", "U8", {2, 1, 2, 16}, std::string(64, 'a'));
  return file.Add("w_scales", "U8", {2, 1, 2}, "abcd");
}

inline Checkpoint SmallBitsandbytes() {
  const std::string state =
      R"({"blocksize":4,"shape":[2,8],"nested_blocksize":3,"nested_offset":0.5})";
  Checkpoint file;
  file.Add("w", "U8", {8, 1}, "abcdefgh").Add("w.absmax", "U8", {4}, "abcd");
  file.Add("w.quant_map", "F32", {16}, Floats({std::begin(format::kNf4), std::end(format::kNf4)}));
  file.Add("w.nested_absmax", "F32", {2}, Floats({1, 2}));
  file.Add("w.nested_quant_map", "F32", {256}, Floats(std::vector<float>(256, 0.5f)));
  return file.Add("w.quant_state.bitsandbytes__nf4", "U8", {state.size()}, state);
}

}  // namespace lutgemm::import_test

#endif  // LUTGEMM_TESTS_IMPORT_CONVENTIONS_H_
