// Damages files in ways that reach past a parser's first checks. The same seed gives the same
// sequence everywhere, so no expression here draws twice.
#ifndef LUTGEMM_TESTS_FUZZ_MUTATOR_H_
#define LUTGEMM_TESTS_FUZZ_MUTATOR_H_

#include "io/kit.h"

namespace lutgemm::fuzz {

using io_test::Aligned;

inline std::vector<std::string> JsonPieces() {
  return {"{",       "}", "[",  "]",  ",",    ":",    "\"",  "\\\"",
          "\\u0000", "-", ".0", "e9", "null", "true", "\xff"};
}

class Mutator {
 public:
  // kSafetensors: most mutants get a header length that fits their changed header again.
  enum class Kind { kBinary, kSafetensors };

  // `pieces` are put into mutants now and then: what has a meaning to the reader.
  Mutator(uint64_t seed, Kind kind, std::vector<std::string> pieces = ContainerPieces())
      : random_(seed), kind_(kind), pieces_(std::move(pieces)) {}

  std::string Mutate(std::string file) {
    const bool refit = kind_ == Kind::kSafetensors && file.size() > 8 && Below(8) != 0;
    if (!refit) return Damage(std::move(file));
    const Aligned bytes(file);
    const auto length = static_cast<size_t>(io::LoadLittle<uint64_t>(bytes.span().data()));
    std::string json = file.substr(8, length);
    std::string data = file.substr(8 + length);
    // Packed data must stay aligned to get past the first check.
    std::string& part = Below(4) != 0 ? json : data;
    part = Damage(part);
    if (Below(4) != 0) json.resize((json.size() + 8 + 63) / 64 * 64 - 8, ' ');
    return io_test::Safetensors(json, data);
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  std::string Damage(std::string bytes) {
    const size_t rounds = 1 + Below(3);
    for (size_t i = 0; i < rounds; ++i) DamageOnce(bytes);
    return bytes;
  }

  void DamageOnce(std::string& bytes) {
    const size_t at = Below(bytes.size() + 1);
    const size_t count = Below(bytes.size() - at + 1);
    switch (Below(9)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random_());
        break;
      case 2:
        bytes.erase(at, 1 + Below(8));
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, count % 64));
        break;
      case 4:
        if (Below(4) == 0) bytes.resize(at);
        break;
      case 5: {
        const size_t extra = 1 + Below(70);
        bytes.append(extra, static_cast<char>(random_()));
        break;
      }
      case 6:
        Overwrite(bytes, at, Interesting());
        break;
      case 7:
        bytes.insert(at, Piece());
        break;
      default:
        ChangeNumber(bytes, at);
    }
  }

  void Overwrite(std::string& bytes, size_t at, uint64_t value) {
    const std::string with = io_test::Little(value, 1 << Below(4));
    if (at + with.size() <= bytes.size()) bytes.replace(at, with.size(), with);
  }

  // Values around which lengths, counts and offsets go wrong.
  uint64_t Interesting() {
    constexpr uint64_t kBases[] = {0,
                                   1,
                                   8,
                                   32,
                                   64,
                                   127,
                                   255,
                                   65535,
                                   1 << 20,
                                   100'000'000,
                                   uint64_t{1} << 31,
                                   uint64_t{1} << 32,
                                   uint64_t{1} << 62,
                                   uint64_t{1} << 63,
                                   ~uint64_t{0}};
    const uint64_t base = kBases[Below(std::size(kBases))];
    return base + Below(3) - 1;
  }

  const std::string& Piece() { return pieces_[Below(pieces_.size())]; }

  static std::vector<std::string> ContainerPieces() {
    std::vector<std::string> pieces = JsonPieces();
    const std::string more[] = {"\"w\":{}", "\"dtype\":\"F4\"",  "__metadata__", "lutgemm.tensor.",
                                "../",      std::string(1, '\0')};
    pieces.insert(pieces.end(), std::begin(more), std::end(more));
    return pieces;
  }

  // Replaces the next decimal number behind `at`.
  void ChangeNumber(std::string& bytes, size_t at) {
    const size_t begin = bytes.find_first_of("0123456789", at);
    if (begin == bytes.npos) return;
    const size_t end = bytes.find_first_not_of("0123456789", begin);
    const size_t length = (end == bytes.npos ? bytes.size() : end) - begin;
    const bool wild = Below(2) == 0;
    bytes.replace(begin, length, std::to_string(wild ? Interesting() : Below(80)));
  }

  std::mt19937_64 random_;
  Kind kind_;
  std::vector<std::string> pieces_;
};

// Calls read(bytes) with `count` mutants; it tells whether the reader took them. Some must pass and
// many must not, or the mutants test nothing.
template <class Read>
void ForMutants(const std::vector<std::string>& originals, Mutator mutator, int count,
                const Read& read) {
  int ok = 0;
  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    const Aligned file(mutator.Mutate(originals[static_cast<size_t>(i) % originals.size()]));
    ok += read(file.span());
  }
  CHECK(ok > count / 100);
  CHECK(ok < count / 2);
}

}  // namespace lutgemm::fuzz

#endif  // LUTGEMM_TESTS_FUZZ_MUTATOR_H_
