// What `run` and `eval` share: a model's file, its tokenizer, and how its weights are held.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_LANGUAGE_MODEL_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_LANGUAGE_MODEL_H_

#include "llama/load.hpp"
#include "llama/tokenizer.hpp"
#include "tools/console/lists.h"

#include <lutgemm/lutgemm.hpp>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace lutgemm::tools {

// Tokens that go through a model together.
inline constexpr size_t kPrefillTokens = 64;

// The files of a model, as --weights and the file name them.
struct ModelFiles {
  std::string model;
  std::string packed;  // what repack made of it; empty: none
};
struct LanguageModel {
  TensorFile file;
  llama::Tokenizer tokenizer;
  std::optional<PackedFile> packed;
};
// Errors begin with the path.
Result<LanguageModel> OpenLanguageModel(const ModelFiles& files);

// The model with weights as the files have them, or quantised anew as `format` and `options` say.
Result<tiny_lm::Model> LoadWeights(const LanguageModel& model,
                                   const std::optional<ListedFormat>& format,
                                   const WeightOptions& options, Threads* threads);
// The model with the values of the file in f32.
Result<tiny_lm::Model> LoadValues(const LanguageModel& model, Threads* threads);

// The file and --weights; --group and --asymmetric for the formats that a command takes.
void AddModelFiles(CLI::App& command, ModelFiles& files);
void AddRequantising(CLI::App& command, WeightOptions& options);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_LANGUAGE_MODEL_H_
