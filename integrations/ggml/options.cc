#include "ggml/options.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lutgemm_ggml {
namespace {

constexpr size_t kMostThreads = 1024;

Options the_options;

// "" where the variable is not set.
const char* Read(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string ReadSwitch(const char* name, bool* on) {
  const char* value = Read(name);
  *on = std::strcmp(value, "1") == 0;
  if (*on || *value == '\0' || std::strcmp(value, "0") == 0) return "";
  return std::string(name) + " is '" + value + "'; it must be 0 or 1";
}

std::string ReadMode(bool* exact) {
  const char* value = Read("LUTGEMM_GGML_MODE");
  *exact = std::strcmp(value, "exact") == 0;
  if (*exact || *value == '\0' || std::strcmp(value, "fast") == 0) return "";
  return std::string("LUTGEMM_GGML_MODE is '") + value + "'; it must be fast or exact";
}

std::string ReadThreads(size_t* threads) {
  const char* value = Read("LUTGEMM_GGML_THREADS");
  char* end = nullptr;
  const unsigned long number = std::strtoul(value, &end, 10);
  if (*end != '\0' || *value == '-' || number > kMostThreads) {
    return std::string("LUTGEMM_GGML_THREADS is '") + value + "'; it must be a number from 0 to " +
           std::to_string(kMostThreads);
  }
  *threads = number;
  return "";
}

std::string ReadSkip(std::optional<std::regex>* skip) {
  const char* value = Read("LUTGEMM_GGML_SKIP");
  if (*value == '\0') return "";
  try {
    skip->emplace(value, std::regex::ECMAScript | std::regex::nosubs);
    return "";
  } catch (const std::regex_error& error) {
    return std::string("LUTGEMM_GGML_SKIP is '") + value +
           "'; it must be a regular expression: " + error.what();
  }
}

}  // namespace

std::string ReadOptions(Options* options) {
  std::string wrong = ReadMode(&options->exact);
  if (wrong.empty()) wrong = ReadThreads(&options->threads);
  if (wrong.empty()) wrong = ReadSwitch("LUTGEMM_GGML_SUMMARY", &options->summary);
  if (wrong.empty()) wrong = ReadSwitch("LUTGEMM_GGML_OWN_MEMORY", &options->own_memory);
  if (wrong.empty()) wrong = ReadSkip(&options->skip);
  return wrong;
}

const Options& ThisOptions() { return the_options; }
void SetOptions(const Options& options) { the_options = options; }

bool IsSkipped(const char* name) {
  const std::optional<std::regex>& skip = the_options.skip;
  try {
    return skip && std::regex_search(name, *skip);
  } catch (const std::exception&) {  // a pattern that takes too long or too much memory
    return true;
  }
}

void Say(const std::string& text) { std::fprintf(stderr, "lutgemm: %s\n", text.c_str()); }

}  // namespace lutgemm_ggml
