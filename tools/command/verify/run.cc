#include "tools/command/verify/run.h"

#include "io/packed_parse.h"
#include "tools/command/common/import_options.h"
#include "tools/command/common/quantised.h"
#include "tools/command/verify/original.h"
#include "tools/command/verify/report.h"
#include "tools/console/options.h"

#include <fmt/core.h>
#include <lutgemm/channel_order.hpp>

#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace lutgemm::tools {
namespace {

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

// The order of channels beside a tensor, where there is one, must be a permutation of them.
std::string CheckOrder(const TensorFile& file, const io::PackedTensor& packed) {
  const FileTensor* order = file.Find(ActOrderName(packed.name));
  if (order == nullptr) return {};
  const size_t k = packed.desc.info.k;
  std::string wrong = fmt::format("'{}' is no order of its {} channels", order->name, k);
  if (order->dtype != "I32" || order->shape != std::vector<uint64_t>{k}) return wrong;
  ChannelOrder channels;
  channels.from.resize(k);
  std::memcpy(channels.from.data(), order->bytes.data(), order->bytes.size());
  return Validate(channels).ok() ? std::string() : wrong;
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

// What --against names, if anything; the exit code.
int OpenOriginal(const VerifyOptions& options, const TensorFile& packed,
                 std::optional<Original>& original) {
  if (options.against.empty()) return kExitOk;
  Result<TensorFile> opened = TensorFile::Open(options.against);
  if (!opened.ok()) return FileFailed(opened.status());
  Result<ChannelFold> fold = ChannelFold::OfPacked(packed, *opened);
  if (!fold.ok()) return CheckFailed(fold.status().text());
  Result<Importer> importer = OpenImporter(*opened, options.import);
  if (!importer.ok()) return FileFailed(importer.status());
  Result<Weighing> weighing = Weighing::Read(options.importance);
  if (!weighing.ok()) return FileFailed(weighing.status());
  original =
      Original{*std::move(opened), *std::move(fold), *std::move(importer), *std::move(weighing)};
  return kExitOk;
}

}  // namespace

int RunVerify(VerifyOptions options) {
  options.spec.threads = ThreadCount(options.spec.threads);
  const Result<TensorFile> file = TensorFile::Open(options.file);
  if (!file.ok()) return FileFailed(file.status());
  const auto contents = io::ParsePacked(file->tensors(), file->metadata(), options.file);
  if (!contents.ok()) return FileFailed(contents.status());
  std::optional<Original> original;
  if (const int bad = OpenOriginal(options, *file, original); bad != kExitOk) return bad;
  VerifyReport report;
  CheckPassed(*contents, report);
  const Status status =
      VerifyAll(contents->packed, original ? &*original : nullptr, options, report);
  if (!status.ok()) return OptionsFailed(status);
  for (const io::PackedTensor& tensor : contents->packed) {
    const std::string wrong = CheckOrder(*file, tensor);
    if (!wrong.empty()) {
      report.failures.push_back(fmt::format("tensor '{}': {}", tensor.name, wrong));
    }
  }
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

}  // namespace lutgemm::tools
