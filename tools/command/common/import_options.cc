#include "tools/command/common/import_options.h"

#include "io/errors.h"
#include "tools/console/options.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr std::pair<std::string_view, std::string_view> kOptions[] = {
    {"options.convention", "--convention"},
    {"options.i2s_order", "--i2s-order"},
    {"options.bitnet_scale", "--bitnet-scale"}};

Status NotOneOf(std::string_view name, std::string_view known) {
  return {Code::kBadArgument, fmt::format("'{}' is not one of {}", name, known)};
}

Result<I2sOrder> ParseI2sOrder(std::string_view name) noexcept {
  if (name == "x86") return I2sOrder::kX86;
  if (name == "arm") return I2sOrder::kArm;
  return NotOneOf(name, "x86, arm");
}

Result<BitnetScale> ParseBitnetScale(std::string_view name) noexcept {
  if (name == "multiply") return BitnetScale::kMultiply;
  if (name == "divide") return BitnetScale::kDivide;
  return NotOneOf(name, "multiply, divide");
}

}  // namespace

void AddImportOptions(CLI::App& command, ImportOptions& options) {
  AddParsed(command, "--convention", options.convention, &ParseConvention,
            "Of quantised weights, where two fit: gguf, gptq, gptq-v2, awq,\n"
            "bitnet, compressed-tensors, mxfp4, bitsandbytes [what the file and\n"
            "the config beside it say]")
      ->type_name("NAME");
  AddParsed(command, "--i2s-order", options.i2s_order, &ParseI2sOrder,
            "Machine that made a file of I2_S: x86 or arm [none: I2_S is refused]")
      ->type_name("NAME");
  AddParsed(command, "--bitnet-scale", options.bitnet_scale, &ParseBitnetScale,
            "What weight_scale of BitNet does to codes: multiply or divide [what\n"
            "the config or the scale says]")
      ->type_name("KIND");
}

Result<Importer> OpenImporter(const TensorFile& file, const ImportOptions& options) {
  Result<Importer> importer = Importer::Open(file, options);
  if (importer.ok()) return importer;
  const Status& status = importer.status();
  return Status(status.code(), InOptions(status.text()));
}

std::string InOptions(std::string text) {
  for (const auto& [library, command] : kOptions) {
    const size_t at = text.find(library);
    if (at != text.npos) text.replace(at, library.size(), command);
  }
  return text;
}

Status InFile(const std::string& path, const Status& status) {
  if (status.text().starts_with(base::Shown(path))) return status;
  return io::FileError(status.code(), path, status.text());
}

}  // namespace lutgemm::tools
