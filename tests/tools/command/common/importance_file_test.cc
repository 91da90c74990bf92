// Importance matrices in GGUF files, and finding a matrix's part of an entry.
#include "tools/command/common/importance_file.h"

#include "fuzz/mutator.h"
#include "importance_kit.h"

#include <limits>

using namespace lutgemm;
using namespace lutgemm::test::importance;
using tools::FindImportance;
using tools::ImportanceEntries;
using tools::ImportanceQuery;

namespace {

std::vector<GgufFloats> Good() {
  return {{"blk.0.attn_q.weight.in_sum2", {4, 1}, {2, 0, 10, 1}},
          {"blk.0.attn_q.weight.counts", {1, 1}, {4}},
          {"blk.0.attn_q.weight.in_sum", {4, 1}, {-1, 0, 3, 1}},
          {"e.in_sum2", {2, 3}, {2, 4, 9, 9, 5, 10}},
          {"e.counts", {1, 3}, {2, 0, 5}}};
}

std::vector<float> Found(const ImportanceEntries& entries, const ImportanceQuery& query) {
  const auto found = FindImportance(entries, query);
  REQUIRE_MESSAGE(found.ok(), found.status().text());
  return {found->begin(), found->end()};
}

}  // namespace

TEST_CASE("sums are divided by counts, those of each expert by its own") {
  const auto parsed = Parse(Gguf(Good()));
  REQUIRE_MESSAGE(parsed.ok(), parsed.status().text());
  // The second expert met nothing.
  CHECK(*parsed == ImportanceEntries{{"blk.0.attn_q.weight", {0.5f, 0, 2.5f, 0.25f}},
                                     {"e", {1, 2, 0, 0, 1, 2}}});
}

TEST_CASE("GGUF files that are no importance matrix are refused with the tensor") {
  CheckRefused(Gguf(Good(), "model"),
               "mutant: is no importance matrix: its general.type is 'model'");
  CheckRefused(Gguf(Good(), ""), "its general.type is not given");
  CheckRefused(Gguf({{"a.in_sum", {1}, {1}}}), "has no tensor of a name that ends in .in_sum2");
  const auto with = [](size_t i, GgufFloats tensor) {
    std::vector<GgufFloats> tensors = Good();
    tensors[i] = std::move(tensor);
    return Gguf(tensors);
  };
  CheckRefused(with(0, {"x", {1}, {1}}),
               "tensor 'blk.0.attn_q.weight.counts': comes without 'blk.0.attn_q.weight.in_sum2'");
  CheckRefused(with(4, {"x", {1}, {1}}), "tensor 'e.in_sum2': comes without 'e.counts'");
  CheckRefused(with(4, {"e.counts", {4}, {1, 1, 1, 1}}),
               "tensor 'e.in_sum2': has 6 values, which are no equal parts for the 4 counts");
  CheckRefused(with(4, {"e.counts", {0}, {}}), "for the 0 counts of 'e.counts'");
  CheckRefused(with(4, {"e.counts", {1, 3}, {1, -1, 1}}), "tensor 'e.counts': value 1, at offset ");
  CheckRefused(with(4, {"e.counts", {1, 3}, {1e-45f, 1, 1}}), "value 0 over its count ");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string file = with(3, {"e.in_sum2", {2, 3}, {1, 2, 3, nan, 5, 6}});
  const size_t at = file.find(Floats({3, nan})) + 4;
  CheckRefused(file, "tensor 'e.in_sum2': value 3, at offset " + std::to_string(at) + ", is nan");
  io_test::Gguf typed;
  typed.keys = {io_test::GgufKey("general.type", 8, io_test::GgufString("imatrix"))};
  typed.tensors = {io_test::GgufDeclaration({"a.in_sum2", {4}, 1, 0}),
                   io_test::GgufDeclaration({"a.counts", {1}, 0, 32})};
  typed.data = std::string(36, '\0');
  CheckRefused(typed.bytes(), "tensor 'a.in_sum2': is F16; it must be F32");
}

TEST_CASE("damaged GGUF files give clean errors") {
  constexpr uint64_t kSeed = 20240610;
  CAPTURE(kSeed);
  fuzz::ForMutants({Gguf(Good()), Gguf({{"a.in_sum2", {1}, {3}}, {"a.counts", {1}, {2}}})},
                   fuzz::Mutator(kSeed, fuzz::Mutator::Kind::kBinary), 20000, fuzz::ReadImportance);
}

TEST_CASE("a matrix finds its entry by either name") {
  const ImportanceEntries entries = {{"blk.3.attn_q.weight", {1, 2}},
                                     {"model.layers.3.mlp.up_proj.weight", {3, 4}},
                                     {"own", {5, 6}}};
  CHECK(Found(entries, {"own", 0, 1, 2}) == std::vector<float>{5, 6});
  CHECK(Found(entries, {"model.layers.3.self_attn.q_proj.weight", 0, 1, 2}) ==
        std::vector<float>{1, 2});
  CHECK(Found(entries, {"blk.3.ffn_up.weight", 0, 1, 2}) == std::vector<float>{3, 4});
  CHECK(Found(entries, {"blk.4.ffn_up.weight", 0, 1, 2}).empty());
  CHECK(Found(entries, {"other", 0, 1, 2}).empty());
}

TEST_CASE("matrices of a stack find theirs, wherever experts are stacked") {
  const ImportanceEntries stacked = {{"blk.0.ffn_up_exps.weight", {1, 2, 3, 4, 5, 6}}};
  CHECK(Found(stacked, {"blk.0.ffn_up_exps.weight", 2, 3, 2}) == std::vector<float>{5, 6});
  const std::string expert = "model.layers.0.mlp.experts.";
  CHECK(Found(stacked, {expert + "1.up_proj.weight", 0, 1, 2}) == std::vector<float>{3, 4});
  const ImportanceEntries apart = {{expert + "1.up_proj.weight", {7, 8}}};
  CHECK(Found(apart, {"blk.0.ffn_up_exps.weight", 1, 3, 2}) == std::vector<float>{7, 8});
  CHECK(Found(apart, {"blk.0.ffn_up_exps.weight", 0, 3, 2}).empty());
  const ImportanceEntries shared = {{"stack", {1, 2}}};
  CHECK(Found(shared, {"stack", 2, 3, 2}) == std::vector<float>{1, 2});
}

TEST_CASE("entries of another size are an error with both numbers") {
  const ImportanceEntries entries = {{"blk.0.ffn_up.weight", {1, 2, 3, 4}},
                                     {"blk.0.ffn_up_exps.weight", {1, 2, 3, 4, 5, 6}}};
  const auto refused = [&](const ImportanceQuery& query) {
    const auto found = FindImportance(entries, query);
    REQUIRE_FALSE(found.ok());
    CHECK(found.status().code() == Code::kBadShape);
    return found.status().text();
  };
  CHECK(refused({"blk.0.ffn_up.weight", 0, 1, 2}) ==
        "importance 'blk.0.ffn_up.weight' has 4 values; the tensor has 2 columns");
  CHECK(refused({"model.layers.0.mlp.up_proj.weight", 0, 1, 8}) ==
        "importance 'blk.0.ffn_up.weight' has 4 values; the tensor has 8 columns");
  CHECK(refused({"blk.0.ffn_up_exps.weight", 0, 2, 2}) ==
        "importance 'blk.0.ffn_up_exps.weight' has 6 values; the tensor has 2 columns in each of "
        "2 matrices");
  CHECK(refused({"model.layers.0.mlp.experts.3.up_proj.weight", 0, 1, 2}) ==
        "importance 'blk.0.ffn_up_exps.weight' has 6 values; the tensor has 2 columns and is "
        "matrix 3 of a stack");
}
