// Writes one imported matrix to stdout, as float32 [n][k] in the model's own order of channels, for
// tests/import/values_test.py. Without a name it lists what the file has: a line for each matrix,
// name, type and refusal with tabs between.
//
//   dump_values FILE [NAME] [--convention NAME] [--i2s x86|arm] [--bitnet-scale multiply|divide]
#include <lutgemm/import.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace lutgemm {
namespace {

struct Arguments {
  std::string file, name, convention;
  ImportOptions options;
};

const std::map<std::string, I2sOrder> kOrders = {{"x86", I2sOrder::kX86}, {"arm", I2sOrder::kArm}};
const std::map<std::string, BitnetScale> kScales = {{"multiply", BitnetScale::kMultiply},
                                                    {"divide", BitnetScale::kDivide}};

void Fill(CLI::App& app, Arguments* arguments) {
  app.add_option("file", arguments->file)->required();
  app.add_option("name", arguments->name);
  app.add_option("--convention", arguments->convention);
  app.add_option("--i2s", arguments->options.i2s_order)->transform(CLI::Transformer(kOrders));
  app.add_option("--bitnet-scale", arguments->options.bitnet_scale)
      ->transform(CLI::Transformer(kScales));
}

int Fail(const Status& status) {
  std::fprintf(stderr, "%s: %s\n", CodeName(status.code()), status.text().c_str());
  return 1;
}

// Column i of an imported matrix is channel order[i].
std::vector<float> Row(const ImportedWeights& weights, size_t row) {
  std::vector<float> values(weights.matrix.info.k);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t channel = weights.act_order.empty() ? i : weights.act_order[i];
    values[channel] = static_cast<float>(weights.matrix.Value(row, i));
  }
  return values;
}

int Write(const Importer& importer, const std::string& name) {
  const Result<ImportedWeights> weights = importer.Import(name);
  if (!weights.ok()) return Fail(weights.status());
  if (const Status status = Validate(weights->matrix); !status.ok()) {
    std::fprintf(stderr, "what was imported is no valid matrix\n");
    Fail(status);
    return 2;
  }
  for (size_t row = 0; row < weights->matrix.info.n; ++row) {
    const std::vector<float> values = Row(*weights, row);
    std::fwrite(values.data(), sizeof(float), values.size(), stdout);
  }
  return std::fflush(stdout) == 0 ? 0 : 2;
}

int Run(Arguments arguments) {
  if (!arguments.convention.empty()) {
    const Result<Convention> convention = ParseConvention(arguments.convention);
    if (!convention.ok()) return Fail(convention.status());
    arguments.options.convention = *convention;
  }
  const Result<TensorFile> file = TensorFile::Open(arguments.file);
  if (!file.ok()) return Fail(file.status());
  const Result<Importer> importer = Importer::Open(*file, arguments.options);
  if (!importer.ok()) return Fail(importer.status());
  if (!arguments.name.empty()) return Write(*importer, arguments.name);
  for (const ImportableWeights& weights : importer->weights()) {
    std::printf("%s\t%s\t%s\n", weights.name.c_str(), weights.type.c_str(),
                weights.refusal.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace lutgemm

int main(int argc, char** argv) {
  CLI::App app;
  lutgemm::Arguments arguments;
  lutgemm::Fill(app, &arguments);
  CLI11_PARSE(app, argc, argv);
  return lutgemm::Run(arguments);
}
