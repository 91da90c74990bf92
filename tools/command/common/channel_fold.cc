#include "tools/command/common/channel_fold.h"

#include "tools/console/numbers.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr std::pair<OrderScope, std::string_view> kScopes[] = {
    {OrderScope::kNone, "none"}, {OrderScope::kHead, "head"}, {OrderScope::kGlobal, "global"}};

// Weights whose columns read the residual stream, and whose rows add to it.
constexpr std::string_view kReaders[] = {"q_proj.weight",    "k_proj.weight",  "v_proj.weight",
                                         "gate_proj.weight", "up_proj.weight", "lm_head.weight"};
constexpr std::string_view kWriters[] = {"o_proj.weight", "down_proj.weight"};

bool EndsWithAny(std::string_view name, std::span<const std::string_view> ends) {
  for (const std::string_view end : ends) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

Status Bad(std::string text) { return {Code::kBadArgument, std::move(text)}; }

}  // namespace

std::string_view Name(OrderScope scope) noexcept {
  for (const auto& [value, name] : kScopes) {
    if (value == scope) return name;
  }
  return "unknown";
}

Result<OrderScope> ParseOrderScope(std::string_view name) noexcept {
  for (const auto& [value, known] : kScopes) {
    if (name == known) return value;
  }
  return Bad(fmt::format("'{}' is not an order: none, head or global", name));
}

// Collects orders and the axes that they apply to.
class ChannelFold::Builder {
 public:
  Builder(const TensorFile& file, ChannelFold& fold) : file_(file), fold_(fold) {}

  Status Run() {
    for (const FileTensor& tensor : file_.tensors()) {
      Status status;
      if (tensor.name.ends_with("o_proj.weight")) status = OrderValues(Prefix(tensor, "o_proj"));
      if (tensor.name.ends_with("down_proj.weight")) status = OrderMlp(Prefix(tensor, "down_proj"));
      if (!status.ok()) return status;
    }
    if (fold_.axes_.empty()) {
      return Bad(
          "no tensor has a name such as '...o_proj.weight' or '...down_proj.weight': orders "
          "are folded into Llama checkpoints with Hugging Face names");
    }
    return fold_.scope_ == OrderScope::kGlobal ? OrderStream() : Status();
  }

 private:
  static std::string Prefix(const FileTensor& tensor, std::string_view module) {
    return tensor.name.substr(0, tensor.name.rfind(module));
  }

  Result<Tensor2D> Matrix(const std::string& name) const {
    const FileTensor* tensor = file_.Find(name);
    if (tensor == nullptr) return Bad(fmt::format("tensor '{}' is missing", name));
    const std::optional<Tensor2D> matrix = tensor->AsMatrix();
    if (!matrix) return Bad(fmt::format("tensor '{}' is no float matrix", name));
    return *matrix;
  }

  // Value channels, sorted within each head by the columns of o_proj that read them: where several
  // query heads share a value head, by the sum over these.
  Status OrderValues(const std::string& prefix) {
    const auto out = Matrix(prefix + "o_proj.weight"), value = Matrix(prefix + "v_proj.weight");
    if (!out.ok()) return out.status();
    if (!value.ok()) return value.status();
    const size_t head = fold_.head_dim_, channels = value->rows;
    if (head == 0 || channels % head != 0 || out->cols % channels != 0) {
      return Bad(
          fmt::format("{}v_proj has {} rows and o_proj {} columns, which are no heads of {}; "
                      "tell the right length with --head-dim",
                      prefix, channels, out->cols, head));
    }
    const auto columns = ColumnKeys(*out);
    if (!columns.ok()) return columns.status();
    const size_t shared = out->cols / channels;  // query heads per value head
    std::vector<double> keys(channels);
    for (size_t c = 0; c < out->cols; ++c) {
      keys[c / head / shared * head + c % head] += (*columns)[c];
    }
    auto order = OrderByKeys(keys, {head});
    if (!order.ok()) return order.status();
    auto queries = OrderForQueries(*order, head, out->cols / head);
    if (!queries.ok()) return queries.status();
    SetRows(prefix + "v_proj", Add(prefix + "values", *std::move(order)));
    SetCols(prefix + "o_proj", Add(prefix + "attention", *std::move(queries)));
    return {};
  }

  Status OrderMlp(const std::string& prefix) {
    const auto down = Matrix(prefix + "down_proj.weight");
    if (!down.ok()) return down.status();
    const auto keys = ColumnKeys(*down);
    if (!keys.ok()) return keys.status();
    auto order = OrderByKeys(*keys, {});
    if (!order.ok()) return order.status();
    const std::string name = Add(prefix + "channels", *std::move(order));
    for (const char* producer : {"gate_proj", "up_proj"}) {
      const auto matrix = Matrix(prefix + producer + ".weight");
      if (!matrix.ok()) return matrix.status();
      if (matrix->rows != down->cols) {
        return Bad(fmt::format("{}{} has {} rows, down_proj {} columns", prefix, producer,
                               matrix->rows, down->cols));
      }
      SetRows(prefix + producer, name);
    }
    SetCols(prefix + "down_proj", name);
    return {};
  }

  // The residual stream, by the columns of all that read it.
  Status OrderStream() {
    std::vector<double> keys;
    for (const FileTensor& tensor : file_.tensors()) {
      if (!EndsWithAny(tensor.name, kReaders)) continue;
      const auto matrix = Matrix(tensor.name);
      if (!matrix.ok()) return matrix.status();
      const auto columns = ColumnKeys(*matrix);
      if (!columns.ok()) return columns.status();
      keys.resize(keys.empty() ? columns->size() : keys.size());
      if (keys.size() != columns->size()) {
        return Bad(fmt::format("tensor '{}' has {} columns, others {}", tensor.name,
                               columns->size(), keys.size()));
      }
      for (size_t i = 0; i < keys.size(); ++i) keys[i] += (*columns)[i];
    }
    auto order = OrderByKeys(keys, {});
    if (!order.ok()) return order.status();
    const std::string name = Add("stream", *std::move(order));
    for (const FileTensor& tensor : file_.tensors()) {
      if (Status status = PlaceInStream(tensor, keys.size(), name); !status.ok()) return status;
    }
    return {};
  }

  Status PlaceInStream(const FileTensor& tensor, size_t hidden, const std::string& order) {
    Axes& axes = fold_.axes_[tensor.name];
    const auto& shape = tensor.shape;
    const bool embedding = tensor.name.ends_with("embed_tokens.weight");
    const bool norm = tensor.name.ends_with("norm.weight") && shape.size() == 1;
    const bool out_bias =
        tensor.name.ends_with("o_proj.bias") || tensor.name.ends_with("down_proj.bias");
    size_t length = hidden;
    if (embedding || EndsWithAny(tensor.name, kReaders)) {
      axes.cols = order;
      length = shape.size() == 2 ? shape[1] : 0;
    } else if (EndsWithAny(tensor.name, kWriters)) {
      axes.rows = order;
      length = shape.size() == 2 ? shape[0] : 0;
    } else if ((norm && shape[0] == hidden) || out_bias) {
      axes.cols = order;
      length = shape[0];
    } else if (std::ranges::count(shape, hidden) != 0 && !tensor.name.ends_with("_proj.bias")) {
      return Bad(
          fmt::format("tensor '{}' has an axis of {}, the length of the residual stream, "
                      "but no place that is known; use --order head",
                      tensor.name, hidden));
    }
    if (length == hidden) return {};
    return Bad(
        fmt::format("tensor '{}' does not fit a residual stream of {}", tensor.name, hidden));
  }

  std::string Add(std::string name, ChannelOrder order) {
    fold_.orders_.emplace(name, std::move(order));
    return name;
  }
  void SetRows(const std::string& module, const std::string& order) {
    fold_.axes_[module + ".weight"].rows = order;
    if (file_.Find(module + ".bias") != nullptr) fold_.axes_[module + ".bias"].cols = order;
  }
  void SetCols(const std::string& module, const std::string& order) {
    fold_.axes_[module + ".weight"].cols = order;
  }

  const TensorFile& file_;
  ChannelFold& fold_;
};

namespace {

// A number of the metadata; 0 where there is none.
size_t NumberOf(const TensorFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  return found == file.metadata().end() ? 0 : ReadCount(found->second).value_or(0);
}

}  // namespace

Result<ChannelFold> ChannelFold::Make(const TensorFile& file, OrderScope scope, size_t head_dim) {
  ChannelFold fold;
  fold.scope_ = scope;
  if (scope == OrderScope::kNone) return fold;
  fold.head_dim_ = head_dim != 0 ? head_dim : NumberOf(file, "head_dim");
  if (Status status = Builder(file, fold).Run(); !status.ok()) return status;
  return fold;
}

Result<ChannelFold> ChannelFold::OfPacked(const TensorFile& packed, const TensorFile& original) {
  const auto scope = packed.metadata().find(kOrderKey);
  if (scope == packed.metadata().end()) return ChannelFold();
  const Result<OrderScope> parsed = ParseOrderScope(scope->second);
  if (!parsed.ok()) return parsed.status();
  return Make(original, *parsed, NumberOf(packed, kOrderHeadKey));
}

const ChannelOrder* ChannelFold::Order(const std::string& name) const {
  const auto order = orders_.find(name);
  return order == orders_.end() ? nullptr : &order->second;
}

Result<FileTensor> ChannelFold::Apply(const FileTensor& tensor,
                                      std::vector<std::byte>& room) const {
  const auto found = axes_.find(tensor.name);
  if (found == axes_.end()) return tensor;
  const ChannelOrder* rows = Order(found->second.rows);
  const ChannelOrder* cols = Order(found->second.cols);
  if (rows == nullptr && cols == nullptr) return tensor;
  if (!tensor.elem || tensor.shape.empty() || tensor.shape.size() > 2) {
    return Bad(fmt::format("tensor '{}' is no list or matrix of floats", tensor.name));
  }
  Tensor2D matrix;
  matrix.data = tensor.bytes.data();
  matrix.elem = *tensor.elem;
  matrix.rows = tensor.shape.size() == 2 ? tensor.shape[0] : 1;
  matrix.cols = tensor.shape.back();
  auto permuted = Permuted(matrix, rows, cols);
  if (!permuted.ok()) return permuted.status();
  room = *std::move(permuted);
  FileTensor ordered = tensor;
  ordered.bytes = room;
  return ordered;
}

Result<std::vector<float>> ChannelFold::ApplyToColumns(const std::string& tensor,
                                                       std::vector<float> numbers) const {
  const auto found = axes_.find(tensor);
  const ChannelOrder* cols = found == axes_.end() ? nullptr : Order(found->second.cols);
  if (cols == nullptr) return numbers;
  const auto permuted = Permuted({numbers.data(), Elem::kF32, 1, numbers.size(), 0}, nullptr, cols);
  if (!permuted.ok()) return permuted.status();
  std::memcpy(numbers.data(), permuted->data(), permuted->size());
  return numbers;
}

std::vector<FileTensor> ChannelFold::Orders() const {
  std::vector<FileTensor> tensors;
  for (const auto& [name, order] : orders_) {
    tensors.push_back({"channel_order." + name,
                       "I32",
                       {order.size()},
                       std::as_bytes(std::span(order.from)),
                       std::nullopt});
  }
  return tensors;
}

}  // namespace lutgemm::tools
