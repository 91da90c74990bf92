// Writes one imported matrix to stdout, as float32 [n][k] in the model's own order of channels, for
// tests/import/values_test.py; also packs it, and sees that nothing has changed. Without a name it
// lists what the file has: a line for each matrix, name, type and refusal with tabs between.
//
//   dump_values FILE [NAME] [--convention NAME] [--i2s x86|arm] [--bitnet-scale multiply|divide]
#include <lutgemm/import.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstring>
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

// Values as the matrix has them, its columns in their own order.
std::vector<float> Row(const QuantizedMatrix& matrix, size_t row) {
  std::vector<float> values(matrix.info.k);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(matrix.Value(row, i));
  }
  return values;
}

// Whether the matrix is valid, and packed weights give back the very same values.
Status Check(const QuantizedMatrix& matrix) {
  if (Status status = Validate(matrix); !status.ok()) return status;
  const Result<PackedWeights> packed = Pack(matrix);
  if (!packed.ok()) return packed.status();
  std::vector<float> unpacked(matrix.info.k);
  for (size_t row = 0; row < matrix.info.n; ++row) {
    if (Status status = UnpackRows(*packed, row, 1, unpacked); !status.ok()) return status;
    const std::vector<float> values = Row(matrix, row);
    if (std::memcmp(values.data(), unpacked.data(), values.size() * sizeof(float)) != 0) {
      return Status(Code::kInternal, "packed weights have other values");
    }
  }
  return {};
}

int Write(const Importer& importer, const std::string& name) {
  const Result<ImportedWeights> weights = importer.Import(name);
  if (!weights.ok()) return Fail(weights.status());
  if (const Status status = Check(weights->matrix); !status.ok()) {
    std::fprintf(stderr, "was imported, but: ");
    Fail(status);
    return 2;
  }
  // Column i of the matrix is channel order[i].
  const std::vector<uint32_t>& order = weights->act_order;
  for (size_t row = 0; row < weights->matrix.info.n; ++row) {
    const std::vector<float> values = Row(weights->matrix, row);
    std::vector<float> channels = values;
    for (size_t i = 0; i < order.size(); ++i) channels[order[i]] = values[i];
    std::fwrite(channels.data(), sizeof(float), channels.size(), stdout);
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
