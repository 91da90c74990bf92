// Folds channel orders into a Llama checkpoint: every axis that holds some channels is permuted
// alike, in the weights that produce them and in those that consume them, so that the model
// computes what it did in any engine. That is why keys and queries keep their order: rotary
// embedding ties each of their channels to a frequency (docs/formats.md). Tensors are known by
// their Hugging Face names.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_CHANNEL_FOLD_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_CHANNEL_FOLD_H_

#include <lutgemm/channel_order.hpp>
#include <lutgemm/io.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// Which channels are sorted by the norms of the columns that read them.
enum class OrderScope : uint8_t {
  kNone,
  // What stays within a layer: value channels inside each head (rows of v_proj, columns of o_proj)
  // and MLP channels (rows of gate_proj and up_proj, columns of down_proj).
  kHead,
  // Besides, the residual stream: one order for the whole model, in embeddings, norms, the rows of
  // o_proj and down_proj, and all columns that read it.
  kGlobal,
};
std::string_view Name(OrderScope scope) noexcept;
Result<OrderScope> ParseOrderScope(std::string_view name) noexcept;

// Metadata keys of files with folded orders.
inline constexpr char kOrderKey[] = "channel_order";
inline constexpr char kOrderHeadKey[] = "channel_order.head_dim";

class ChannelFold {
 public:
  // head_dim 0: that of the file's metadata. Fails with kBadArgument where the checkpoint does not
  // have the tensors that the scope needs, or has some that it cannot place.
  static Result<ChannelFold> Make(const TensorFile& file, OrderScope scope, size_t head_dim);
  // The fold that a packed file says was applied to the checkpoint it was made from.
  static Result<ChannelFold> OfPacked(const TensorFile& packed, const TensorFile& original);

  OrderScope scope() const { return scope_; }
  size_t head_dim() const { return head_dim_; }
  // The tensor with its axes in their orders. `room` keeps the bytes where they are new.
  Result<FileTensor> Apply(const FileTensor& tensor, std::vector<std::byte>& room) const;
  // Numbers that belong to a tensor's columns, one each, as Apply turns the columns.
  Result<std::vector<float>> ApplyToColumns(const std::string& tensor,
                                            std::vector<float> numbers) const;
  // The orders as tensors to keep beside the weights: 'channel_order.<where>', I32, position i took
  // channel [i]. They point into this object.
  std::vector<FileTensor> Orders() const;

 private:
  class Builder;
  struct Axes {
    std::string rows, cols;  // names of orders; empty: as they are
  };
  OrderScope scope_ = OrderScope::kNone;
  size_t head_dim_ = 0;
  const ChannelOrder* Order(const std::string& name) const;  // null where there is none

  std::map<std::string, ChannelOrder> orders_;
  std::map<std::string, Axes> axes_;  // by tensor
};

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_CHANNEL_FOLD_H_
