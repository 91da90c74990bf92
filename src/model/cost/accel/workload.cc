#include "model/cost/accel/workload.h"

#include "base/text.h"

namespace lutgemm::model::accel {
namespace {

using base::MakeStatus;

// False for NaN.
bool InRange(double bits) { return bits >= 1.0 && bits <= 64.0; }

std::vector<Product> LinearProducts(const LanguageModel& model, size_t tokens, double bits) {
  const size_t kv = model.hidden / model.heads * model.kv_heads;
  const auto product = [&](std::string_view name, size_t count, size_t n, size_t k) {
    return Product{name, count, 1, tokens, n, k, k, bits, bits};
  };
  return {product("query, output", 2 * model.layers, model.hidden, model.hidden),
          product("key, value", 2 * model.layers, kv, model.hidden),
          product("gate, up", 2 * model.layers, model.intermediate, model.hidden),
          product("down", model.layers, model.hidden, model.intermediate),
          product("vocabulary", 1, model.vocabulary, model.hidden)};
}

// Scores, then weighted values. Keys of one pass only: `tokens` outputs per query.
std::vector<Product> MergedAttention(const LanguageModel& model, size_t tokens, size_t context,
                                     double step_bits) {
  const size_t kv = model.hidden / model.heads * model.kv_heads;
  const size_t rows = model.heads * tokens;
  return {{"scores", model.layers, 1, rows, tokens, model.hidden, kv, kActBits, step_bits},
          {"values", model.layers, 1, tokens, rows, context, kv, kActBits, step_bits}};
}

std::vector<Product> PerHeadAttention(const LanguageModel& model, size_t tokens, size_t context,
                                      double bits) {
  const size_t head = model.hidden / model.heads;
  const size_t rows = model.heads / model.kv_heads * tokens;
  const size_t batch = model.kv_heads;
  return {{"scores", model.layers, batch, rows, context, head, head, bits, bits},
          {"values", model.layers, batch, rows, head, context, context, bits, bits}};
}

}  // namespace

std::vector<Parameter> ParametersOf(LanguageModel& model) {
  return {{"hidden", &model.hidden},     {"intermediate", &model.intermediate},
          {"layers", &model.layers},     {"heads", &model.heads},
          {"kv_heads", &model.kv_heads}, {"vocabulary", &model.vocabulary},
          {"ant_bits", &model.ant_bits}, {"olive_bits", &model.olive_bits}};
}

Status Validate(const LanguageModel& model) {
  LanguageModel copy = model;
  Status status = CheckParameters(base::Cat("model ", model.name), ParametersOf(copy));
  if (!status.ok()) return status;
  if (model.hidden % model.heads != 0 || model.heads % model.kv_heads != 0) {
    return MakeStatus(Code::kBadShape, "model ", model.name, ": ", model.kv_heads,
                      " kv_heads must divide ", model.heads, " heads, and these hidden, ",
                      model.hidden);
  }
  return {};
}

std::string_view Name(Attention attention) noexcept {
  return attention == Attention::kMerged ? "merged" : "per-head";
}

Result<Attention> ParseAttention(std::string_view name) noexcept {
  for (const Attention attention : {Attention::kMerged, Attention::kPerHead}) {
    if (name == Name(attention)) return attention;
  }
  return MakeStatus(Code::kBadArgument, "unknown attention '", name, "'; use merged or per-head");
}

Result<std::vector<Product>> Products(const LanguageModel& model, const Pass& pass,
                                      size_t kv_bits) {
  return base::Guarded([&]() -> Result<std::vector<Product>> {
    if (Status status = Validate(model); !status.ok()) return status;
    if (pass.context == 0 || pass.context > kMaxContext) {
      return MakeStatus(Code::kBadArgument, "context is ", pass.context, "; it must be 1..",
                        kMaxContext);
    }
    if (!InRange(pass.weight_bits) || !InRange(static_cast<double>(kv_bits))) {
      return MakeStatus(Code::kBadArgument, "weights of ", pass.weight_bits, " bits, keys of ",
                        kv_bits, "; both must be 1..64");
    }
    const size_t tokens = pass.phase == Phase::kPrefill ? pass.context : 1;
    std::vector<Product> all = LinearProducts(model, tokens, pass.weight_bits);
    const std::vector<Product> attention =
        pass.attention == Attention::kMerged
            ? MergedAttention(model, tokens, pass.context, pass.weight_bits)
            : PerHeadAttention(model, tokens, pass.context, static_cast<double>(kv_bits));
    all.insert(all.end(), attention.begin(), attention.end());
    return all;
  });
}

}  // namespace lutgemm::model::accel
