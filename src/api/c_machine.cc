// C interface: errors, version, and what the library and the machine offer.
#include "api/c_common.h"
#include "kernels/registry.h"

#include <array>

namespace lutgemm::capi {
namespace {

// Texts of the C++ interface are not ended by a zero byte; these are, and live forever. They take
// no memory that could be missing.
struct Text {
  char chars[32] = "";
  Text() = default;
  explicit Text(std::string_view text) {
    text.copy(chars, std::min(text.size(), sizeof chars - 1));
  }
};

struct TargetTexts {
  size_t count = 0;
  std::array<Text, 16> names;
};

const TargetTexts& TheTargets() {
  static const TargetTexts texts = [] {
    TargetTexts all;
    for (const kernels::TargetKernels* target : kernels::SupportedTargets()) {
      if (all.count < all.names.size()) all.names[all.count++] = Text(target->name);
    }
    return all;
  }();
  return texts;
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

const char* lutgemm_status_text(lutgemm_status status) { return CodeName(Code{status}); }

const char* lutgemm_last_error(void) { return LastError(); }

const char* lutgemm_version(void) { return LUTGEMM_VERSION; }

size_t lutgemm_kernel_count(void) { return Kernels().size(); }

lutgemm_status lutgemm_kernel(size_t index, lutgemm_kernel_info* info) {
  return Call([&]() -> Status {
    if (index >= Kernels().size()) {
      return base::MakeStatus(Code::kNotFound, "there is no kernel ", index, "; there are ",
                              Kernels().size());
    }
    const KernelInfo& kernel = Kernels()[index];
    lutgemm_kernel_info filled = LUTGEMM_KERNEL_INFO_INIT;
    filled.layout = static_cast<uint32_t>(kernel.layout);
    filled.fast = kernel.fast;
    filled.exact = kernel.exact;
    filled.method = static_cast<uint32_t>(kernel.method);
    filled.regime = static_cast<uint32_t>(kernel.regime);
    filled.least_tokens = kernel.least_tokens;
    filled.most_tokens = kernel.most_tokens;
    // The registry's texts are literals, which end with a zero.
    filled.name = kernel.name.data();
    filled.what = kernel.what.data();
    return WriteStruct(filled, "info", info);
  });
}

size_t lutgemm_target_count(void) {
  size_t count = 0;
  (void)Call([&] {
    count = TheTargets().count;
    return Status();
  });
  return count;
}

const char* lutgemm_target_name(size_t index) {
  const char* name = nullptr;
  (void)Call([&] {
    if (index < TheTargets().count) name = TheTargets().names[index].chars;
    return Status();
  });
  return name;
}

lutgemm_status lutgemm_cpu(lutgemm_cpu_info* info) {
  return Call([&]() -> Status {
    const CpuFacts facts = GetCpuFacts();
    lutgemm_cpu_info filled = LUTGEMM_CPU_INFO_INIT;
    facts.name.copy(filled.name, sizeof filled.name - 1);
    filled.cores = facts.cores;
    filled.l1d_bytes = facts.l1d_bytes;
    filled.l2_bytes = facts.l2_bytes;
    filled.l3_bytes = facts.l3_bytes;
    return WriteStruct(filled, "info", info);
  });
}
