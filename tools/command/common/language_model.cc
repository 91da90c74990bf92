#include "tools/command/common/language_model.h"

#include "io/errors.h"
#include "tools/command/common/import_options.h"

#include <utility>

namespace lutgemm::tools {
namespace {

Result<tiny_lm::Model> Load(const LanguageModel& model, const llama::LoadSpec& spec,
                            Threads* threads) {
  auto loaded = llama::LoadModel(model.file, spec, threads);
  if (!loaded.ok()) return InFile(model.file.paths().front(), loaded.status());
  if (model.tokenizer.size() > loaded->config.vocab) {
    return io::Corrupt(model.file.paths().front(), "tokenizer.ggml.tokens has ",
                       model.tokenizer.size(), " tokens, token_embd.weight only ",
                       loaded->config.vocab, " rows");
  }
  return loaded;
}

}  // namespace

Result<LanguageModel> OpenLanguageModel(const ModelFiles& files) {
  const std::string& path = files.model;
  Result<TensorFile> file = TensorFile::Open(path);
  if (!file.ok()) return file.status();
  if (file->container() != "gguf") {
    const bool packed = IsPacked(*file);
    return io::FileError(
        Code::kUnsupportedFormat, path, "is a ", packed ? "packed" : file->container(),
        " file, which says neither how the model is built nor what its tokens "
        "are; give ",
        packed ? "the GGUF file that it was made of, and this file as --weights" : "a GGUF file");
  }
  Result<llama::Tokenizer> tokenizer = llama::Tokenizer::Make(*file);
  if (!tokenizer.ok()) return InFile(path, tokenizer.status());
  LanguageModel model{*std::move(file), *std::move(tokenizer), {}};
  if (!files.packed.empty()) {
    auto packed = PackedFile::Open(files.packed);
    if (!packed.ok()) return packed.status();
    model.packed = *std::move(packed);
  }
  return model;
}

Result<tiny_lm::Model> LoadWeights(const LanguageModel& model,
                                   const std::optional<ListedFormat>& format,
                                   const WeightOptions& options, Threads* threads) {
  llama::LoadSpec load;
  if (!format) {
    if (model.packed) load.packed = &*model.packed;
    return Load(model, load, threads);
  }
  const Result<QuantSpec> spec = format->Spec(options);
  if (!spec.ok()) return spec.status();
  WeightOptions chosen = options;
  chosen.format = format->format;
  load.quantize = [chosen, spec = *spec](const Tensor2D& weights, Threads* borrowed) {
    QuantizeOptions how;
    how.threads = borrowed;
    return chosen.Quantize(weights, spec, how);
  };
  return Load(model, load, threads);
}

Result<tiny_lm::Model> LoadValues(const LanguageModel& model, Threads* threads) {
  llama::LoadSpec load;
  load.plain = true;
  return Load(model, load, threads);
}

void AddModelFiles(CLI::App& command, ModelFiles& files) {
  command.add_option("model", files.model, "GGUF file of a Llama model, with its tokenizer")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--weights", files.packed,
                  "Packed file that `lutgemm repack` made of it, whose weights\n"
                  "are taken instead [the model's]")
      ->type_name("FILE");
}

void AddRequantising(CLI::App& command, WeightOptions& options) {
  command
      .add_option_function<std::string>(
          "--group", [&options](const std::string& text) { options.group = ParseGroup(text); },
          "With --format: weights along K that share a scale, a multiple of\n"
          "4, or 'row' or 'tensor' [the format's own]")
      ->type_name("N|row|tensor");
  command.add_flag("--asymmetric", options.asymmetric,
                   "With --format: every group gets a zero point (ints from int2 on)");
}

}  // namespace lutgemm::tools
