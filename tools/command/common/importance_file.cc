#include "tools/command/common/importance_file.h"

#include "io/errors.h"
#include "io/gguf.h"
#include "io/little_endian.h"
#include "io/mapped_file.h"
#include "tools/command/common/importance_binary.h"
#include "tools/command/common/importance_names.h"

#include <bit>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr std::string_view kSums = ".in_sum2", kCounts = ".counts";

class GgufParser {
 public:
  GgufParser(std::span<const std::byte> file, std::string_view name) : bytes_(file), file_(name) {}

  Result<ImportanceEntries> Parse() {
    const Result<io::ParsedFile> parsed = io::ParseGguf(bytes_, file_);
    if (!parsed.ok()) return parsed.status();
    if (Status status = CheckType(*parsed); !status.ok()) return status;
    for (const FileTensor& tensor : parsed->tensors) by_name_.emplace(tensor.name, &tensor);
    for (const FileTensor& tensor : parsed->tensors) {
      const std::string_view name = tensor.name;
      const bool sums = name.ends_with(kSums), counts = name.ends_with(kCounts);
      if (!sums && !counts) continue;  // such as in_sum, of which nothing here makes use
      const std::string_view weight = name.substr(0, name.size() - (sums ? kSums : kCounts).size());
      const FileTensor* other = Find(weight, sums ? kCounts : kSums);
      if (weight.empty() || other == nullptr) {
        return io::CorruptTensor(file_, name, "comes without ",
                                 io::Quote(base::Cat(weight, sums ? kCounts : kSums)));
      }
      if (!sums) continue;
      if (Status status = AddEntry(weight, tensor, *other); !status.ok()) return status;
    }
    if (entries_.empty()) return io::Corrupt(file_, "has no tensor of a name that ends in ", kSums);
    return std::move(entries_);
  }

 private:
  Status CheckType(const io::ParsedFile& parsed) const {
    const auto type = parsed.metadata.find("general.type");
    if (type != parsed.metadata.end() && type->second == "imatrix") return {};
    return io::Corrupt(file_, "is no importance matrix: its general.type is ",
                       type == parsed.metadata.end() ? "not given" : io::Quote(type->second),
                       ", not 'imatrix'");
  }

  const FileTensor* Find(std::string_view weight, std::string_view ending) const {
    const auto found = by_name_.find(base::Cat(weight, ending));
    return found == by_name_.end() ? nullptr : found->second;
  }

  Status AddEntry(std::string_view weight, const FileTensor& sums, const FileTensor& counts) {
    std::vector<float> means, tokens;
    if (Status status = ReadNumbers(sums, means); !status.ok()) return status;
    if (Status status = ReadNumbers(counts, tokens); !status.ok()) return status;
    if (means.empty() || tokens.empty() || means.size() % tokens.size() != 0) {
      return io::CorruptTensor(file_, sums.name, "has ", means.size(),
                               " values, which are no equal parts for the ", tokens.size(),
                               " counts of ", io::Quote(counts.name));
    }
    const size_t columns = means.size() / tokens.size();
    for (size_t i = 0; i < means.size(); ++i) {
      const float count = tokens[i / columns];
      means[i] = count == 0 ? 0 : means[i] / count;
      if (!std::isfinite(means[i])) {
        return io::CorruptTensor(file_, sums.name, "value ", i, " over its count ", count, " is ",
                                 means[i], "; it must be finite");
      }
    }
    entries_.emplace(weight, std::move(means));
    return {};
  }

  Status ReadNumbers(const FileTensor& tensor, std::vector<float>& out) const {
    if (tensor.elem != Elem::kF32) {
      return io::CorruptTensor(file_, tensor.name, "is ", tensor.dtype, "; it must be F32");
    }
    out.resize(tensor.bytes.size() / sizeof(float));
    for (size_t i = 0; i < out.size(); ++i) {
      const std::byte* at = tensor.bytes.data() + i * sizeof(float);
      out[i] = std::bit_cast<float>(io::LoadLittle<uint32_t>(at));
      if (!std::isfinite(out[i]) || out[i] < 0) {
        return io::CorruptTensor(file_, tensor.name, "value ", i, ", at offset ",
                                 at - bytes_.data(), ", is ", out[i],
                                 "; it must be finite and not negative");
      }
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  std::string_view file_;
  std::unordered_map<std::string, const FileTensor*> by_name_;
  ImportanceEntries entries_;
};

// The part of an entry that belongs to matrix `index`. `matrices` 0: their number is not known.
Result<std::span<const float>> PartOf(const ImportanceEntries::value_type& entry, size_t k,
                                      size_t index, size_t matrices) {
  const std::span<const float> means = entry.second;
  if (means.size() == k) return means;
  const bool stack =
      matrices == 0 ? means.size() % k == 0 && index < means.size() / k
                    : matrices > 1 && means.size() / matrices == k && means.size() % matrices == 0;
  if (stack) return means.subspan(index * k, k);
  const std::string of = matrices > 1    ? base::Cat(" in each of ", matrices, " matrices")
                         : matrices == 0 ? base::Cat(" and is matrix ", index, " of a stack")
                                         : std::string();
  return base::MakeStatus(Code::kBadShape, "importance ", io::Quote(entry.first), " has ",
                          means.size(), " values; the tensor has ", k, " columns", of);
}

}  // namespace

Result<ImportanceEntries> ParseImportance(std::span<const std::byte> file, std::string_view name) {
  return io::LooksLikeGguf(file) ? GgufParser(file, name).Parse()
                                 : ParseBinaryImportance(file, name);
}

Result<ImportanceEntries> ReadImportance(const std::string& path) {
  const auto file = io::MappedFile::Open(path);
  if (!file.ok()) return file.status();
  return ParseImportance((*file)->bytes(), path);
}

Result<std::span<const float>> FindImportance(const ImportanceEntries& entries,
                                              const ImportanceQuery& query) {
  if (const auto own = entries.find(query.tensor); own != entries.end()) {
    return PartOf(*own, query.k, query.index, query.matrices);
  }
  for (const OtherName& other : OtherNames(query.tensor, query.index)) {
    const auto found = entries.find(other.name);
    if (found == entries.end()) continue;
    return other.expert ? PartOf(*found, query.k, *other.expert, 0)
                        : PartOf(*found, query.k, query.index, query.matrices);
  }
  return std::span<const float>();
}

}  // namespace lutgemm::tools
