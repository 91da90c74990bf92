// Every function of the C interface while memory runs out: out of memory, or a right result. The
// cases lie beside this file, by part of the interface.
#include "memory/c_cases.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace lutgemm::memory_test {
namespace {

Cases AllCases() {
  Cases all;
  for (const auto cases_of : {WeightCases, CodeCases, FileCases, ImportCases, PlanCases, RunCases,
                              ExpertCases, OrderCases, CacheCases, OtherCases}) {
    all.merge(cases_of());
  }
  return all;
}

std::string HeaderTexts() {
  const std::filesystem::path include = LUTGEMM_SOURCE_DIR "/include/lutgemm";
  std::vector<std::filesystem::path> paths = {include / "version.h"};
  for (const auto& entry : std::filesystem::directory_iterator(include / "c")) {
    paths.push_back(entry.path());
  }
  std::string texts;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path);
    texts.append(std::istreambuf_iterator<char>(file), {});
  }
  return texts;
}

TEST_CASE("the cases are all functions that the headers declare") {
  const std::string text = HeaderTexts();
  const std::regex declaration(R"(LUTGEMM_API [^;]*?(lutgemm_\w+)\()");
  std::set<std::string> declared, covered;
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it) {
    declared.insert((*it)[1]);
  }
  for (const auto& [name, one] : AllCases()) covered.insert(name);
  CHECK(declared.size() > 130);
  for (const std::string& name : declared) CHECK_MESSAGE(covered.contains(name), name);
  for (const std::string& name : covered) CHECK_MESSAGE(declared.contains(name), name);
}

TEST_CASE("calls that allocate do meet failures, and say so") {
  World& w = TheWorld();
  const size_t failures = test::WalkFailures({"pack"}, [&](Attempt& attempt) {
    return Make(attempt, &lutgemm_packed_free, [&](lutgemm_packed** out) {
      return lutgemm_pack(&w.matrix, &w.spec, nullptr, out);
    });
  });
  CHECK(failures >= 10);
  lutgemm_packed* packed = nullptr;
  test::FailFrom(0, true);
  const lutgemm_status status = lutgemm_pack(&w.matrix, &w.spec, nullptr, &packed);
  test::StopFailing();
  CHECK(status == LUTGEMM_OUT_OF_MEMORY);
  CHECK(std::string(lutgemm_last_error()) == "out of memory");
}

}  // namespace
}  // namespace lutgemm::memory_test
