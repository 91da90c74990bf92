// Damaged GGUF files and damaged blocks: each gives a clean error, or weights that are finite, pack
// and unpack. Inputs lie in memory of exact size, so that an over-read is seen by a sanitizer.
#include "fuzz/import_reader.h"
#include "fuzz/mutator.h"
#include "gguf_kit.h"

namespace lutgemm {
namespace {

constexpr int kInputs = 20000;
constexpr uint64_t kSeed = 20261201;

std::string Text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A file of three types, experts and one id that means two things.
std::string SmallFile(size_t first) {
  io_test::Gguf file;
  file.keys = {io_test::GgufKey("general.architecture", 8, io_test::GgufString("bitnet"))};
  const auto add = [&](const std::string& name, std::vector<uint64_t> dims,
                       const test::GgufCase& one) {
    uint64_t count = 1;
    for (const uint64_t dim : dims) count *= dim;
    file.data.resize((file.data.size() + 31) / 32 * 32);
    file.tensors.push_back(io_test::GgufDeclaration(
        {name, std::move(dims), static_cast<uint32_t>(one.type), file.data.size()}));
    file.data += Text(test::Blocks(one, 1, static_cast<size_t>(count), {false, first}));
  };
  const auto& cases = test::GgufCases();
  for (size_t i = first; i < first + 3; ++i) {
    add(std::string(cases[i].name), {256, 2}, cases[i]);
  }
  add("exps", {64, 1, 2}, cases[0]);
  add("mxfp4", {64, 1}, cases[14]);
  file.data.resize((file.data.size() + 31) / 32 * 32);
  file.tensors.push_back(io_test::GgufDeclaration({"i2s", {128, 1}, 36, file.data.size()}));
  file.data += std::string(32, '\x55') + io_test::Little(0x3f800000, 4) + std::string(28, '\0');
  return file.bytes();
}

TEST_CASE("mutation: weights of GGUF files") {
  CAPTURE(kSeed);
  std::vector<std::string> originals;
  for (size_t i = 0; i + 3 <= test::GgufCases().size(); i += 3) originals.push_back(SmallFile(i));
  fuzz::ForMutants(originals, fuzz::Mutator(kSeed, fuzz::Mutator::Kind::kBinary), kInputs,
                   [](fuzz::Bytes file) { return fuzz::ImportGguf(file).ok(); });
}

TEST_CASE("mutation: blocks of GGUF") {
  CAPTURE(kSeed);
  std::vector<std::string> originals;
  for (const test::GgufCase& one : test::GgufCases()) {
    originals.push_back(Text(test::Blocks(one, 1, 512, {true, 3})));
  }
  size_t turn = 0;
  fuzz::ForMutants(originals, fuzz::Mutator(kSeed, fuzz::Mutator::Kind::kBinary), kInputs,
                   [&](fuzz::Bytes blocks) {
                     const auto& cases = test::GgufCases();
                     return fuzz::ImportBlocks(cases[turn++ % cases.size()].type, blocks).ok();
                   });
}

}  // namespace
}  // namespace lutgemm
