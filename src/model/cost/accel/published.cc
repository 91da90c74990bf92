#include "model/cost/accel/published.h"

#include <array>

namespace lutgemm::model::accel {
namespace {

constexpr auto kPrefill = Phase::kPrefill, kDecode = Phase::kDecode;
constexpr auto kMerged = Attention::kMerged, kPerHead = Attention::kPerHead;

constexpr std::array<PublishedRun, 16> kRuns = {{
    {"fp16", kPrefill, kMerged, 16.0, 2652864512, 3156574208, 2928682, 15511220},
    {"fp16", kDecode, kMerged, 16.0, 103636992, 413518608, 129318, 2113617},
    {"bitmod", kPrefill, kMerged, 6.0625, 1452736512, 1649680384, 1410390, 7186699},
    {"bitmod", kDecode, kMerged, 6.0625, 77629440, 156919888, 78882, 832097},
    {"bitmod", kPrefill, kMerged, 4.0625, 968491008, 1202921472, 981870, 5388371},
    {"bitmod", kDecode, kMerged, 3.0625, 51752960, 79493200, 52631, 434198},
    {"ant", kPrefill, kMerged, 5.0, 1936982016, 1949564928, 0, 0},
    {"ant", kDecode, kMerged, 5.0, 103505920, 129497936, 0, 0},
    {"olive", kPrefill, kMerged, 4.0, 1753645056, 1768062976, 0, 0},
    {"olive", kDecode, kMerged, 3.75, 0, 97236816, 0, 0, 4.0},
    {"fp16", kPrefill, kPerHead, 16.0, 2294251520, 2810544128, 0, 0},
    {"fp16", kDecode, kPerHead, 16.0, 104284160, 417344208, 0, 0},
    {"bitmod", kPrefill, kPerHead, 6.0625, 1255604224, 1372856320, 0, 0},
    {"bitmod", kDecode, kPerHead, 6.0625, 78475264, 158771152, 0, 0},
    {"bitmod", kPrefill, kPerHead, 4.0625, 842661888, 926097408, 0, 0},
    {"bitmod", kDecode, kPerHead, 3.0625, 52666368, 81344464, 0, 0},
}};

constexpr std::array<Headline, 3> kHeadlines = {{
    {"int6", "fp16", 1.99, 2.41, 2.31},
    {"lossy", "ant", 1.72, 1.66, 1.48},
    {"lossy", "olive", 1.56, 1.39, 1.31},
}};

}  // namespace

std::span<const PublishedRun> PublishedRuns() noexcept { return kRuns; }

const PublishedRun* FindPublished(std::string_view accelerator, const LanguageModel& model,
                                  const Pass& pass) noexcept {
  if (model.name != kPublishedModel || pass.context != kPublishedContext) return nullptr;
  for (const PublishedRun& run : kRuns) {
    const double shown_for = run.other_bits != 0.0 ? run.other_bits : run.weight_bits;
    if (run.accelerator == accelerator && run.phase == pass.phase &&
        run.attention == pass.attention && shown_for == pass.weight_bits) {
      return &run;
    }
  }
  return nullptr;
}

const Headline* FindHeadline(std::string_view dtype, std::string_view against) noexcept {
  for (const Headline& headline : kHeadlines) {
    if (headline.dtype == dtype && headline.against == against) return &headline;
  }
  return nullptr;
}

}  // namespace lutgemm::model::accel
