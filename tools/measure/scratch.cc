#include "tools/measure/scratch.h"

#include "tools/console/report.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>

namespace lutgemm::tools {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Result<Scratch> Scratch::Map(size_t bytes) {
  const size_t mapped = std::max<size_t>(bytes, 1);
  void* pages = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) {
    return Status(Code::kOutOfMemory, fmt::format("no memory for {}", BytesText(bytes)));
  }
  if (bytes >= kHugePage) madvise(pages, mapped, MADV_HUGEPAGE);  // advice: may be refused
  Scratch scratch;
  scratch.pages_ = std::shared_ptr<void>(pages, [mapped](void* p) { munmap(p, mapped); });
  scratch.size_ = bytes;
  return scratch;
}

Result<PackedWeights> PlanOnlyWeights(const WeightInfo& info, LayoutId layout) {
  const LayoutId chosen = layout == LayoutId::kDefault ? DefaultLayout(info) : layout;
  const size_t bytes = PackedBytes(info, chosen);
  if (bytes == 0) {
    return Status(
        Code::kUnsupportedFormat,
        fmt::format("no packed form of {} x {} {} weights with group {} in layout {}", info.n,
                    info.k, Name(info.format), GroupText(info.group), Name(chosen)));
  }
  const Result<Scratch> scratch = Scratch::Map(bytes);
  if (!scratch.ok()) return scratch.status();
  return PackedWeights::FromBlob(info, chosen, LayoutVersion(chosen), scratch->span(),
                                 scratch->keep_alive());
}

}  // namespace lutgemm::tools
