// C interface: errors, version, threads, and what the library offers.
#include "api/c_common.h"

#include <vector>

namespace lutgemm::capi {
namespace {

// A fixed buffer, so that reporting an error cannot fail.
thread_local char last_error[1024] = "";

struct RowText {
  std::string name, family;
};

// Texts of the C++ interface are not ended by a zero byte; these are, and live forever.
const std::vector<RowText>& RowTexts() {
  static const std::vector<RowText> texts = [] {
    std::vector<RowText> all;
    for (const RowInfo& row : Rows())
      all.push_back({std::string(row.name), std::string(row.family)});
    return all;
  }();
  return texts;
}

const std::vector<std::string>& TargetTexts() {
  static const std::vector<std::string> texts = [] {
    const std::vector<std::string_view> targets = Targets();
    return std::vector<std::string>(targets.begin(), targets.end());
  }();
  return texts;
}

}  // namespace

lutgemm_status Report(const Status& status) noexcept {
  if (!status.ok()) {
    const size_t length = std::min(status.text().size(), sizeof last_error - 1);
    std::memcpy(last_error, status.text().data(), length);
    last_error[length] = '\0';
  }
  return static_cast<lutgemm_status>(status.code());
}

}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

const char* lutgemm_status_text(lutgemm_status status) { return CodeName(Code{status}); }

const char* lutgemm_last_error(void) { return last_error; }

const char* lutgemm_version(void) { return LUTGEMM_VERSION_STRING; }

lutgemm_status lutgemm_threads_create(size_t count, lutgemm_threads** out) {
  return Call([&]() -> Status {
    if (out == nullptr) return NullArgument("out");
    *out = nullptr;
    return Hand(MakeThreads(count), out);
  });
}

size_t lutgemm_threads_count(const lutgemm_threads* threads) {
  return threads != nullptr ? threads->threads->count() : 1;
}

void lutgemm_threads_free(lutgemm_threads* threads) { delete threads; }

size_t lutgemm_row_count(void) { return Rows().size(); }

lutgemm_status lutgemm_row(size_t index, lutgemm_row_info* info) {
  return Call([&]() -> Status {
    if (index >= Rows().size()) {
      return base::MakeStatus(Code::kNotFound, "there is no row ", index, "; there are ",
                              Rows().size());
    }
    const RowInfo& row = Rows()[index];
    const RowText& text = RowTexts()[index];
    lutgemm_row_info filled = LUTGEMM_ROW_INFO_INIT;
    filled.layout = static_cast<uint32_t>(row.layout);
    filled.fast = row.fast;
    filled.exact = row.exact;
    filled.name = text.name.c_str();
    filled.family = text.family.c_str();
    return WriteStruct(filled, "info", info);
  });
}

size_t lutgemm_target_count(void) {
  size_t count = 0;
  (void)Call([&] {
    count = TargetTexts().size();
    return Status();
  });
  return count;
}

const char* lutgemm_target_name(size_t index) {
  const char* name = nullptr;
  (void)Call([&] {
    if (index < TargetTexts().size()) name = TargetTexts()[index].c_str();
    return Status();
  });
  return name;
}
