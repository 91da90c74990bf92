// Threads, names, errors and facts without memory.
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

void AddRest(Cases& cases, World& w) {
  const auto holds = [&cases](const char* name, const std::function<bool()>& call) {
    cases.insert({name, {[call](Attempt& attempt) { return Holds(attempt, call); }}});
  };
  holds("lutgemm_status_text", [] { return lutgemm_status_text(8) != nullptr; });
  holds("lutgemm_last_error", [] { return lutgemm_last_error() != nullptr; });
  holds("lutgemm_version", [] { return lutgemm_version() != nullptr; });
  holds("lutgemm_threads_count", [&w] { return lutgemm_threads_count(w.args.threads) == 3; });
  cases.insert({"lutgemm_threads_create", {[](Attempt& attempt) {
                  return Make(attempt, &lutgemm_threads_free, [&](lutgemm_threads** out) {
                    return lutgemm_threads_create(4, out);
                  });
                }}});
  cases.insert({"lutgemm_threads_create",
                {[](Attempt& attempt) {
                   return Make(attempt, &lutgemm_threads_free, [&](lutgemm_threads** out) {
                     return lutgemm_threads_create(9999, out);
                   });
                 },
                 Code::kBadArgument}});
  const auto callbacks = [](size_t count) -> Body {
    return [count](Attempt& attempt) {
      lutgemm_thread_callbacks own = LUTGEMM_THREAD_CALLBACKS_INIT;
      own.count = count;
      own.parallel_for = [](void*, size_t, void (*)(void*, size_t), void*) {};
      return Make(attempt, &lutgemm_threads_free,
                  [&](lutgemm_threads** out) { return lutgemm_threads_from_callbacks(&own, out); });
    };
  };
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(2)}});
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(0)}});
  cases.insert({"lutgemm_threads_from_callbacks", {callbacks(9999), Code::kBadArgument}});
  holds("lutgemm_kernel_count", [] { return lutgemm_kernel_count() != 0; });
  holds("lutgemm_target_count", [] { return lutgemm_target_count() != 0; });
  holds("lutgemm_target_name", [] { return lutgemm_target_name(0) != nullptr; });
  const auto row = [](size_t index) -> Body {
    return [index](Attempt& attempt) {
      lutgemm_kernel_info info = LUTGEMM_KERNEL_INFO_INIT;
      return attempt([&] { return lutgemm_kernel(index, &info); });
    };
  };
  cases.insert({"lutgemm_kernel", {row(0)}});
  cases.insert({"lutgemm_kernel", {row(9999), Code::kNotFound}});
  Ends(cases, "lutgemm_cpu", [] {
    lutgemm_cpu_info info = LUTGEMM_CPU_INFO_INIT;
    return lutgemm_cpu(&info);
  });
  holds("lutgemm_threads_free", [] { return true; });  // by every case that makes one
}

using ParseCall = lutgemm_status (*)(const char*, uint32_t*);
void AddNames(Cases& cases, World&) {
  const auto parse = [&cases](const char* function, ParseCall call, const char* known) {
    const auto with = [call](const char* name) {
      return [call, name] {
        uint32_t value = 0;
        return call(name, &value);
      };
    };
    Ends(cases, function, with(known));
    Ends(cases, function, with("no name of this kind, and a long one"), Code::kBadArgument);
  };
  parse("lutgemm_parse_format", lutgemm_parse_format, "int4");
  parse("lutgemm_parse_elem", lutgemm_parse_elem, "F16");
  parse("lutgemm_parse_zero", lutgemm_parse_zero, "float");
  parse("lutgemm_parse_layout", lutgemm_parse_layout, "planes");
  Is(cases, "lutgemm_format_name", [] { return lutgemm_format_name(99) != nullptr; });
  Is(cases, "lutgemm_elem_name", [] { return lutgemm_elem_name(0) != nullptr; });
  Is(cases, "lutgemm_zero_name", [] { return lutgemm_zero_name(0) != nullptr; });
  Is(cases, "lutgemm_layout_name", [] { return lutgemm_layout_name(0) != nullptr; });
  Is(cases, "lutgemm_mode_name", [] { return lutgemm_mode_name(0) != nullptr; });
  Is(cases, "lutgemm_method_name", [] { return lutgemm_method_name(0) != nullptr; });
  Is(cases, "lutgemm_regime_name", [] { return lutgemm_regime_name(0) != nullptr; });
  Is(cases, "lutgemm_code_bits", [] { return lutgemm_code_bits(LUTGEMM_INT4) == 4; });
  Is(cases, "lutgemm_code_count", [] { return lutgemm_code_count(LUTGEMM_INT4) == 16; });
  Is(cases, "lutgemm_elem_bytes", [] { return lutgemm_elem_bytes(LUTGEMM_F32) == 4; });
}

}  // namespace

Cases OtherCases() {
  Cases cases;
  AddRest(cases, TheWorld());
  AddNames(cases, TheWorld());
  return cases;
}

TEST_CASE("threads, names, errors and facts without memory") { WalkAll(OtherCases()); }

}  // namespace lutgemm::memory_test
