// Importer: the table of conventions, and the weights that they find.
#include "import/importer.h"

#include "base/names.h"
#include "base/text.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lutgemm {
namespace {

using importing::Found;

struct Finder {
  Convention convention;
  importing::FindWeights find;
};

// At most one of these fits a sound checkpoint.
constexpr Finder kFinders[] = {
    {Convention::kGguf, importing::FindGguf},
    {Convention::kGptq, importing::FindGptq},
    {Convention::kGptqV2, importing::FindGptqV2},
    {Convention::kAwq, importing::FindAwq},
    {Convention::kBitnet, importing::FindBitnet},
    {Convention::kCompressedTensors, importing::FindCompressedTensors},
    {Convention::kMxfp4, importing::FindMxfp4},
    {Convention::kBitsandbytes, importing::FindBitsandbytes},
};

// With the file in front of the tensor; which of several has it, nothing tells here.
Status InFile(const TensorFile& file, const Status& status) {
  const auto paths = file.paths();
  const std::string first = paths.empty() ? "the file" : base::Shown(paths.front());
  const std::string more = paths.size() < 2 ? "" : base::Cat(" and ", paths.size() - 1, " more");
  return base::MakeStatus(status.code(), first, more, ": ", status.text());
}

Status NotFound(std::string_view name) {
  return base::MakeStatus(Code::kNotFound, "no quantised weights ", base::Quote(name));
}

// Appends what one convention finds.
Status Collect(const importing::Source& source, const Finder& finder, std::vector<Found>* found) {
  const size_t before = found->size();
  if (Status status = finder.find(source, found); !status.ok()) return status;
  for (size_t i = before; i < found->size(); ++i) {
    (*found)[i].weights.convention = finder.convention;
  }
  return {};
}

Status TwoFit(Convention first, Convention second) {
  return base::MakeStatus(Code::kUnsupportedFormat, "has weights as ", Name(first), " and as ",
                          Name(second), "; options.convention chooses one");
}

Status CollectAll(const importing::Source& source, std::vector<Found>* found) {
  const Convention asked = source.options.convention;
  for (const Finder& finder : kFinders) {
    if (asked != Convention::kAuto && asked != finder.convention) continue;
    const size_t before = found->size();
    if (Status status = Collect(source, finder, found); !status.ok()) return status;
    if (before != 0 && found->size() != before) {
      return TwoFit(found->front().weights.convention, finder.convention);
    }
  }
  return {};
}

}  // namespace

struct Importer::State {
  TensorFile file;  // Found::read borrows its tensors
  std::vector<ImportableWeights> weights;
  std::vector<importing::ReadWeights> reads;  // of these
  std::vector<size_t> by_name;                // indices of weights, sorted by name

  // Index of the weights, or their number where there are none of that name.
  size_t Find(std::string_view name) const {
    const auto less = [&](size_t i, std::string_view wanted) { return weights[i].name < wanted; };
    const auto at = std::lower_bound(by_name.begin(), by_name.end(), name, less);
    return at != by_name.end() && weights[*at].name == name ? *at : weights.size();
  }

  void Fill(std::vector<Found> found) {
    for (Found& one : found) {
      weights.push_back(std::move(one.weights));
      reads.push_back(std::move(one.read));
    }
    by_name.resize(weights.size());
    std::iota(by_name.begin(), by_name.end(), size_t{0});
    std::sort(by_name.begin(), by_name.end(),
              [&](size_t a, size_t b) {  // the first of one name first
                const int order = weights[a].name.compare(weights[b].name);
                return order != 0 ? order < 0 : a < b;
              });
  }
};

Result<Importer> Importer::Open(const TensorFile& file, const ImportOptions& options) noexcept {
  return base::Guarded([&]() -> Result<Importer> {
    auto state = std::make_shared<State>();
    state->file = file;
    Result<importing::CheckpointConfig> config = importing::ReadConfig(file);
    if (!config.ok()) return config.status();
    std::vector<Found> found;
    const importing::Source source{state->file, options, std::move(*config)};
    if (Status status = CollectAll(source, &found); !status.ok()) return InFile(file, status);
    state->Fill(std::move(found));
    Importer importer;
    importer.state_ = std::move(state);
    return importer;
  });
}

std::span<const ImportableWeights> Importer::weights() const noexcept {
  if (!state_) return {};
  return state_->weights;
}

const ImportableWeights* Importer::Find(std::string_view name) const noexcept {
  if (!state_) return nullptr;
  const size_t at = state_->Find(name);
  return at < state_->weights.size() ? &state_->weights[at] : nullptr;
}

Result<ImportedWeights> Importer::Import(std::string_view name, Threads* threads) const noexcept {
  return base::Guarded([&]() -> Result<ImportedWeights> {
    if (!state_) return Status(Code::kBadArgument, "the importer was not opened");
    const size_t at = state_->Find(name);
    if (at == state_->weights.size()) return InFile(state_->file, NotFound(name));
    if (!state_->reads[at]) {
      const Status refusal(Code::kUnsupportedFormat, state_->weights[at].refusal);
      return InFile(state_->file, refusal);
    }
    Result<ImportedWeights> imported = state_->reads[at](threads);
    if (imported.ok() || imported.status().code() == Code::kOutOfMemory) return imported;
    return InFile(state_->file, imported.status());
  });
}

Result<QuantizedMatrix> Import(const TensorFile& file, std::string_view name) noexcept {
  return base::Guarded([&]() -> Result<QuantizedMatrix> {
    const Result<Importer> importer = Importer::Open(file);
    if (!importer.ok()) return importer.status();
    Result<ImportedWeights> imported = importer->Import(name);
    if (!imported.ok()) return imported.status();
    if (!imported->act_order.empty()) {
      return InFile(file, base::MakeStatus(Code::kUnsupportedFormat, "weights ", base::Quote(name),
                                           " have their channels in another order; use Importer, "
                                           "which gives it"));
    }
    return std::move(imported->matrix);
  });
}

}  // namespace lutgemm
