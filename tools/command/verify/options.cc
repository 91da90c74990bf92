// lutgemm verify: is a packed file intact, and does the library multiply with it as it says.
#include "tools/console/options.h"
#include "tools/command/commands.h"
#include "tools/command/common/channel_fold.h"
#include "tools/command/common/checkpoint.h"
#include "tools/command/verify/report.h"
#include "tools/command/verify/source.h"
#include "tools/console/numbers.h"

#include "io/packed_parse.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr char kFooter[] =
    "\nChecks every packed tensor:\n"
    "  checksum  of the stored bytes, and of tensors passed through and of the header\n"
    "  exact     outputs equal, bit for bit, the integer product of int8 activations; int32\n"
    "            outputs too, also at the extremes\n"
    "  fast      outputs equal, bit for bit, the scalar loops that define the mode\n"
    "  both      with every kernel, tile and cut of K that plans of 1 to 288 tokens choose; no\n"
    "            output is farther from float64 than rounding can bring it (docs/numerics.md).\n"
    "            NMSE, plain and with 0.5 % of the activations 20 times larger, is reported\n"
    "            together with that of int8 activations with the same blocks\n"
    "  oneDNN    its f32 product agrees with float64 (where built with oneDNN)\n"
    "Of large tensors 256 evenly spread outputs are compared, and all outputs of one token in "
    "mode\n"
    "exact. --against also quantises the checkpoint that was packed again, and finds every code,\n"
    "scale and zero and every passed-through tensor that differs. Exit code 1 if anything "
    "fails.\n\n"
    "Examples:\n"
    "  lutgemm verify model.int4.safetensors\n"
    "  lutgemm verify model.int4.safetensors --against model.safetensors --json";

// The checkpoint that was packed, with the channel orders that were folded in.
struct Original {
  TensorFile file;
  ChannelFold fold;
};

// The tensor that a packed one was made from: of its name, or the stack that it is a matrix of.
const FileTensor* FindSource(const TensorFile& original, const std::string& name) {
  if (const FileTensor* found = original.Find(name)) return found;
  const size_t bracket = name.rfind('[');
  return bracket == name.npos ? nullptr : original.Find(name.substr(0, bracket));
}

std::optional<Tensor2D> MatrixCalled(const FileTensor& tensor, const std::string& name) {
  for (const NamedMatrix& matrix : MatricesOf(tensor)) {
    if (matrix.name == name) return matrix.values;
  }
  return std::nullopt;
}

// Compares with the checkpoint; returns what is wrong, or nothing.
std::string CompareWeights(const Original& original, const QuantizedMatrix& matrix,
                           Threads* threads, VerifiedTensor& tensor) {
  const FileTensor* found = FindSource(original.file, tensor.name);
  if (found == nullptr) return "is not in the original";
  std::vector<std::byte> room;
  const Result<FileTensor> source = original.fold.Apply(*found, room);
  if (!source.ok()) return source.status().text();
  const std::optional<Tensor2D> values = MatrixCalled(*source, tensor.name);
  if (!values) return "is no float matrix in the original";
  if (values->rows != matrix.info.n || values->cols != matrix.info.k) {
    return fmt::format("is {} in the original, but {} x {} here",
                       ShapeText({values->rows, values->cols}), matrix.info.n, matrix.info.k);
  }
  tensor.weight_nmse = WeightNmse(*values, matrix, threads);
  const Result<std::string> difference = DifferenceFrom(*values, matrix, threads);
  return difference.ok() ? *difference : difference.status().text();
}

// The tensors that nothing is multiplied with.
void CheckPassed(const io::PackedContents& contents, VerifyReport& report) {
  report.passed_through = contents.passed.size();
  for (const io::PassedTensor& tensor : contents.passed) {
    report.unchecked += tensor.checksum ? 0 : 1;
    if (tensor.ChecksumFits()) continue;
    report.failures.push_back(
        fmt::format("tensor '{}': checksum does not match; the file is damaged", tensor.name));
  }
}

// The first matrix of a stack that is not packed, or nothing; the stack's own name where none is.
std::string MissingMatrix(const std::set<std::string>& packed, const FileTensor& stack) {
  const std::vector<NamedMatrix> matrices = MatricesOf(stack);
  std::string missing;
  size_t found = 0;
  for (const NamedMatrix& matrix : matrices) {
    if (packed.contains(matrix.name)) {
      ++found;
    } else if (missing.empty()) {
      missing = matrix.name;
    }
  }
  return found == 0 ? stack.name : missing;
}

// Nothing may have been added but the channel orders that `repack --order` keeps.
void FindAdded(const io::PackedContents& contents, const Original& original, VerifyReport& report) {
  std::set<std::string> known;
  for (const FileTensor& tensor : original.file.tensors()) known.insert(tensor.name);
  for (const FileTensor& order : original.fold.Orders()) known.insert(order.name);
  for (const io::PassedTensor& tensor : contents.passed) {
    if (known.contains(tensor.name)) continue;
    report.failures.push_back(fmt::format("tensor '{}': is not in the original", tensor.name));
  }
}

// Tensors that were not packed must be the same in both files.
void ComparePassed(const TensorFile& file, const Original& original, VerifyReport& report) {
  std::set<std::string> packed;
  for (const VerifiedTensor& tensor : report.tensors) packed.insert(tensor.name);
  for (const FileTensor& stored : original.file.tensors()) {
    std::vector<std::byte> room;
    const Result<FileTensor> ordered = original.fold.Apply(stored, room);
    const FileTensor& source = ordered.ok() ? *ordered : stored;
    const FileTensor* copy = file.Find(source.name);
    if (copy == nullptr) {
      const std::string missing = MissingMatrix(packed, source);
      if (missing.empty()) continue;
      report.failures.push_back(
          fmt::format("tensor '{}': is missing from the packed file", missing));
    } else if (!packed.contains(source.name) &&
               (copy->dtype != source.dtype || copy->shape != source.shape ||
                !std::equal(copy->bytes.begin(), copy->bytes.end(), source.bytes.begin(),
                            source.bytes.end()))) {
      report.failures.push_back(fmt::format("tensor '{}': differs from the original", source.name));
    }
  }
}

// One tensor: a Status only where the checks themselves cannot run.
Status VerifyOne(const io::PackedTensor& packed, const Original* original,
                 const VerifyOptions& options, Threads* threads, VerifyReport& report) {
  VerifiedTensor tensor;
  tensor.name = packed.name;
  tensor.info = packed.desc.info;
  tensor.layout = packed.desc.layout;
  std::vector<std::string> failures;
  tensor.checksum_ok = packed.ChecksumFits();
  if (!tensor.checksum_ok) failures.push_back("checksum does not match; the file is damaged");
  const Result<PackedWeights> weights = PackedWeights::FromBlob(
      packed.desc.info, packed.desc.layout, packed.desc.layout_version, packed.blob, nullptr);
  if (!weights.ok()) return weights.status();
  const Result<QuantizedMatrix> matrix = Unpack(*weights);
  Status valid = matrix.ok() ? Validate(*matrix) : matrix.status();
  if (valid.code() == Code::kOutOfMemory) return valid;
  if (!valid.ok()) failures.push_back(valid.text());
  if (valid.ok() && tensor.checksum_ok) {
    if (original != nullptr) {
      const std::string text = CompareWeights(*original, *matrix, threads, tensor);
      if (!text.empty()) failures.push_back(text);
    }
    Result<TensorReport> products = VerifyTensor(*weights, *matrix, options.spec, threads);
    if (!products.ok()) return products.status();
    tensor.report = std::move(*products);
  }
  for (const std::string& text : tensor.report.failures) failures.push_back(text);
  for (const std::string& text : failures) {
    report.failures.push_back(fmt::format("tensor '{}': {}", packed.name, text));
  }
  report.tensors.push_back(std::move(tensor));
  return {};
}

Status VerifyAll(std::span<const io::PackedTensor> packed, const Original* original,
                 const VerifyOptions& options, VerifyReport& report) {
  const Result<std::unique_ptr<Threads>> threads = MakeThreads(options.spec.threads);
  if (!threads.ok()) return threads.status();
  uint64_t total = 0, done = 0;
  for (const io::PackedTensor& tensor : packed) total += tensor.blob.size();
  Progress progress("verify", total);
  for (const io::PackedTensor& tensor : packed) {
    progress.Update(done, tensor.name);
    done += tensor.blob.size();
    Status status = VerifyOne(tensor, original, options, threads->get(), report);
    if (!status.ok()) return status;
  }
  return {};
}

int RunVerify(VerifyOptions options) {
  options.spec.threads = ThreadCount(options.spec.threads);
  const Result<TensorFile> file = TensorFile::Open(options.file);
  if (!file.ok()) return FileFailed(file.status());
  const auto contents = io::ParsePacked(file->tensors(), file->metadata(), options.file);
  if (!contents.ok()) return FileFailed(contents.status());
  std::optional<Original> original;
  if (!options.against.empty()) {
    Result<TensorFile> opened = TensorFile::Open(options.against);
    if (!opened.ok()) return FileFailed(opened.status());
    Result<ChannelFold> fold = ChannelFold::OfPacked(*file, *opened);
    if (!fold.ok()) return CheckFailed(fold.status().text());
    original = Original{std::move(*opened), std::move(*fold)};
  }
  VerifyReport report;
  CheckPassed(*contents, report);
  const Status status =
      VerifyAll(contents->packed, original ? &*original : nullptr, options, report);
  if (!status.ok()) return OptionsFailed(status);
  if (original) {
    ComparePassed(*file, *original, report);
    FindAdded(*contents, *original, report);
  }
  if (options.json) {
    PrintJson(VerifyJson(options, report));
  } else {
    PrintVerify(options, report);
  }
  return report.failures.empty() ? kExitOk : kExitFailed;
}

}  // namespace

void AddVerify(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("verify", "Check a packed file by multiplying with every tensor");
  auto options = std::make_shared<VerifyOptions>();
  command->add_option("PACKED", options->file, "File that `lutgemm repack` wrote")->required();
  command->add_option("--against", options->against, "The checkpoint it was made from")
      ->type_name("ORIGINAL");
  command->add_option("--seed", options->spec.seed, "Seed of the random activations [1]")
      ->transform(WholeNumber(0))
      ->type_name("N");
  command->add_option("--target", options->spec.target, "Force a target of `lutgemm cpu` [best]")
      ->type_name("NAME");
  AddThreads(*command, options->spec.threads);
  AddJson(*command, options->json);
  command->footer(kFooter);
  command->callback([options, &context] { context.exit_code = RunVerify(*options); });
}

}  // namespace lutgemm::tools
