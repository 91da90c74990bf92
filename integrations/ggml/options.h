// What the environment says; docs/ggml.md has the list.
#ifndef LUTGEMM_INTEGRATIONS_GGML_OPTIONS_H_
#define LUTGEMM_INTEGRATIONS_GGML_OPTIONS_H_

#include <cstddef>
#include <optional>
#include <regex>
#include <string>

namespace lutgemm_ggml {

struct Options {
  bool exact = false;              // LUTGEMM_GGML_MODE
  size_t threads = 0;              // LUTGEMM_GGML_THREADS; 0: as many as the host asks for
  bool summary = false;            // LUTGEMM_GGML_SUMMARY
  bool own_memory = false;         // LUTGEMM_GGML_OWN_MEMORY
  std::optional<std::regex> skip;  // LUTGEMM_GGML_SKIP
};

// Reads the environment. An empty text, or which variable has a value that it cannot have.
std::string ReadOptions(Options* options);

// Those of the process, read when the host loaded the back end.
const Options& ThisOptions();
void SetOptions(const Options& options);

// Whether LUTGEMM_GGML_SKIP leaves weights of this name to the host.
bool IsSkipped(const char* name);

// One line to the standard error stream, after the library's name.
void Say(const std::string& text);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_OPTIONS_H_
