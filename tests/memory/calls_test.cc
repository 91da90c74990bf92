// The calls of the C++ interface while memory runs out: kOutOfMemory, or a right result.
#include "io/packed_kit.h"
#include "plan/active_profile.h"
#include "support/case.h"
#include "support/failing_memory.h"
#include "support/run.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>
#include <lutgemm/lutgemm.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lutgemm {
namespace {

using test::Attempt;
using test::WalkFailures;

constexpr WeightFormat kFormats[] = {
    WeightFormat::kInt1,    WeightFormat::kInt4,    WeightFormat::kTernary,
    WeightFormat::kBitmod3, WeightFormat::kBitmod4, WeightFormat::kMxfp4,
    WeightFormat::kNvfp4,   WeightFormat::kNf4,     WeightFormat::kBfp5};

std::unique_ptr<Threads> ThreePool() {
  Result<std::unique_ptr<Threads>> pool = MakeThreads(3);
  REQUIRE(pool.ok());
  return std::move(*pool);
}

TEST_CASE("quantising, packing, unpacking and planning") {
  test::Random random(5);
  const std::vector<float> values = random.Normals(70 * 192);
  const Tensor2D tensor{values.data(), Elem::kF32, 70, 192, 0};
  std::vector<float> importance(192, 1.0f);
  importance[17] = 100;
  const std::unique_ptr<Threads> pool = ThreePool();
  for (const WeightFormat format : kFormats) {
    CAPTURE(Name(format));
    QuantSpec spec = DefaultSpec(format);
    spec.scale_search = format == WeightFormat::kInt4;
    WalkFailures({"Quantize"}, [&](Attempt& attempt) {
      return attempt([&] { return Quantize(tensor, spec, pool.get()); });
    });
    WalkFailures({"Quantize"}, [&](Attempt& attempt) {
      return attempt([&] {
        return Quantize(tensor, spec, QuantizeOptions{importance, nullptr, pool.get()});
      });
    });
    const QuantizedMatrix matrix = *Quantize(tensor, spec);
    WalkFailures({"Validate"},
                 [&](Attempt& attempt) { return attempt([&] { return Validate(matrix); }); });
    WalkFailures({"Pack"}, [&](Attempt& attempt) {
      return attempt([&] { return Pack(matrix, LayoutId::kDefault, pool.get()); });
    });
    const PackedWeights packed = *Pack(matrix);
    const test::Guarded memory(packed.blob().size());
    WalkFailures({"PackInto"}, [&](Attempt& attempt) {
      return attempt(
          [&] { return PackInto(matrix, memory.span(), LayoutId::kDefault, pool.get()); });
    });
    WalkFailures({"Unpack"}, [&](Attempt& attempt) {
      const Result<QuantizedMatrix> back = attempt([&] { return Unpack(packed); });
      if (back.ok() && back->codes != matrix.codes) return Code::kInternal;
      return back.status().code();
    });
    std::vector<float> rows(40 * 192);
    CHECK(WalkFailures({"UnpackRows"}, [&](Attempt& attempt) {
            return attempt([&] { return UnpackRows(packed, 9, 40, rows, pool.get()); });
          }) == 0);
    WalkFailures({"MakePlan"},
                 [&](Attempt& attempt) { return attempt([&] { return MakePlan(packed, {}); }); });
  }
}

TEST_CASE("wrong weights and specs") {
  test::Random random(6);
  std::vector<float> values = random.Normals(40 * 64);
  values[700] = std::numeric_limits<float>::quiet_NaN();
  const Tensor2D tensor{values.data(), Elem::kF32, 40, 64, 0};
  const std::unique_ptr<Threads> pool = ThreePool();
  WalkFailures({"Quantize", Code::kNotFinite}, [&](Attempt& attempt) {
    return attempt([&] { return Quantize(tensor, {}, pool.get()); });
  });
  const std::vector<float> importance(63, 1.0f);
  WalkFailures({"Quantize", Code::kBadShape}, [&](Attempt& attempt) {
    return attempt([&] {
      return Quantize(tensor, {}, QuantizeOptions{importance, nullptr, pool.get()});
    });
  });
  QuantSpec spec;
  spec.format = WeightFormat::kCodebook;
  WalkFailures({"Quantize", Code::kBadArgument},
               [&](Attempt& attempt) { return attempt([&] { return Quantize(tensor, spec); }); });
  spec.group = 5;
  WalkFailures({"Quantize", Code::kBadArgument}, [&](Attempt& attempt) {
    return attempt([&] { return Quantize(tensor, spec, Codebook()); });
  });
  QuantizedMatrix matrix = *Quantize({values.data(), Elem::kF32, 8, 64, 0}, {});
  matrix.codes[77] = 99;
  WalkFailures({"Validate", Code::kBadArgument},
               [&](Attempt& attempt) { return attempt([&] { return Validate(matrix); }); });
  WalkFailures({"Pack", Code::kBadArgument},
               [&](Attempt& attempt) { return attempt([&] { return Pack(matrix); }); });
  matrix.codes.pop_back();
  WalkFailures({"Pack", Code::kBadShape},
               [&](Attempt& attempt) { return attempt([&] { return Pack(matrix); }); });
  matrix = *Quantize({values.data(), Elem::kF32, 8, 64, 0}, {});
  WalkFailures({"Pack", Code::kUnsupportedFormat}, [&](Attempt& attempt) {
    return attempt([&] { return Pack(matrix, LayoutId::kTrits); });
  });
  WalkFailures({"Unpack", Code::kBadArgument},
               [&](Attempt& attempt) { return attempt([&] { return Unpack(PackedWeights()); }); });
}

TEST_CASE("runs with a pool give right bits or none") {
  test::Random random(7);
  WeightInfo info = io_test::Info(WeightFormat::kInt2, 4096, 256, 64);
  Problem problem;
  problem.m = 3;
  problem.threads = 3;
  const Plan plan = test::MustPlan(test::MustPack(test::RandomMatrix(info, random)), problem);
  const std::vector<float> act = random.Normals(3 * info.k);
  const test::Guarded workspace(plan.workspace_bytes()), tables(plan.table_bytes());
  std::vector<float> good(3 * info.n), out(3 * info.n);
  REQUIRE(plan.Run(act.data(), good.data(), workspace.span()).ok());
  const std::unique_ptr<Threads> pool = ThreePool();
  const auto right = [&](const Status& status) {
    return status.ok() && out != good ? Code::kInternal : status.code();
  };
  CHECK(WalkFailures({"Run"}, [&](Attempt& attempt) {
          return right(attempt(
              [&] { return plan.Run(act.data(), out.data(), workspace.span(), pool.get()); }));
        }) == 0);
  CHECK(WalkFailures({"Apply"}, [&](Attempt& attempt) {
          return right(attempt([&] {
            Status built = plan.BuildTables(act.data(), tables.span(), pool.get());
            if (!built.ok()) return built;
            return plan.Apply(tables.span(), out.data(), workspace.span(), pool.get());
          }));
        }) == 0);
  WalkFailures({"Run", Code::kBadArgument}, [&](Attempt& attempt) {
    return attempt([&] { return plan.Run(nullptr, out.data(), workspace.span(), pool.get()); });
  });
  std::memset(tables.data(), 0, plan.table_bytes());
  WalkFailures({"Apply", Code::kLayoutMismatch}, [&](Attempt& attempt) {
    return attempt([&] { return plan.Apply(tables.span(), out.data(), workspace.span()); });
  });
}

TEST_CASE("orders, codebooks, caches, names") {
  test::Random random(8);
  const std::vector<float> values = random.Normals(64 * 64);
  const Tensor2D tensor{values.data(), Elem::kF32, 64, 64, 0};
  const std::vector<double> keys = *ColumnKeys(tensor);
  const OrderSpec spec{32, RotaryPairs::kInterleaved};
  const ChannelOrder order = *OrderByKeys(keys, spec);
  const auto walk = [](const char* name, const auto& call, Code expected = Code::kOk) {
    WalkFailures({name, expected}, [&](Attempt& attempt) { return attempt(call); });
  };
  walk("ColumnKeys", [&] { return ColumnKeys(tensor); });
  walk("RowKeys", [&] { return RowKeys(tensor); });
  walk("OrderByKeys", [&] { return OrderByKeys(keys, spec); });
  walk("Validate", [&] { return Validate(order); });
  walk("OrderForQueries", [&] { return OrderForQueries(order, 32, 4); });
  walk("PairFrequencies", [&] { return PairFrequencies(order, spec); });
  walk("Permuted", [&] { return Permuted(tensor, &order, &order); });
  walk("MakeCodebook", [&] { return MakeCodebook(std::span(values).first(7)); });
  walk(
      "MakeCodebook", [&] { return MakeCodebook({}); }, Code::kBadArgument);
  walk("ParseElem", [] { return ParseElem("f16"); });
  walk(
      "ParseWeightFormat", [] { return ParseWeightFormat("no format at all"); },
      Code::kBadArgument);
  KvCacheSpec cache_spec;
  cache_spec.heads = 2;
  cache_spec.head_dim = 32;
  cache_spec.capacity = 4;
  cache_spec.order = order;
  walk("KvCache::Make", [&] { return KvCache::Make(cache_spec); });
  KvCache cache = *KvCache::Make(cache_spec);
  walk(
      "KvCache::Append", [&] { return cache.Append(std::span(values).first(7)); }, Code::kBadShape);
  REQUIRE(cache.Append(std::span(values).first(128)).ok());
  std::vector<float> scores(2), row(64);
  const std::span<const float> query = std::span(values).first(32);
  walk("KvCache::Scores", [&] { return cache.Scores(1, query, scores); });
  walk(
      "KvCache::Scores", [&] { return cache.Scores(9, query, scores); }, Code::kBadShape);
  walk("KvCache::WeightedSum",
       [&] { return cache.WeightedSum(1, scores, std::span(row).first(32)); });
  walk("KvCache::Row", [&] { return cache.Row(1, row); });
  walk("MakeThreads", [] { return MakeThreads(5); });
  walk("Kernels", [] { return Kernels().empty() ? Code::kInternal : Code::kOk; });
  // These two have no status: they give less where memory lacks.
  walk("Targets", [] { return Targets().size() > 99 ? Code::kInternal : Code::kOk; });
  walk("GetCpuFacts", [] { return GetCpuFacts().cores == 0 ? Code::kInternal : Code::kOk; });
}

TEST_CASE("files are read, or not for want of memory") {
  const test::TempDir dir;
  const std::string packed = dir / "packed.safetensors";
  REQUIRE(io_test::SmallWriter().Write(packed, false).ok());
  const std::string bad = dir.Put("bad.safetensors", std::string(100, 'x'));
  WalkFailures({"TensorFile::Open", Code::kOk}, [&](Attempt& attempt) {
    const auto file = attempt([&] { return TensorFile::Open(packed); });
    return file.ok() && file->tensors().size() != 4 ? Code::kInternal : file.status().code();
  });
  WalkFailures({"TensorFile::Open", Code::kCorruptFile},
               [&](Attempt& attempt) { return attempt([&] { return TensorFile::Open(bad); }); });
  WalkFailures({"PackedFile::Open", Code::kOk}, [&](Attempt& attempt) {
    const auto file = attempt([&] { return PackedFile::Open(packed); });
    return file.ok() && file->names().size() != 2 ? Code::kInternal : file.status().code();
  });
  const PackedFile file = *PackedFile::Open(packed);
  WalkFailures({"PackedFile::Get"},
               [&](Attempt& attempt) { return attempt([&] { return file.Get("w4"); }); });
  WalkFailures({"PackedFile::Get", Code::kNotFound}, [&](Attempt& attempt) {
    return attempt([&] { return file.Get("a name that no tensor has here"); });
  });
}

TEST_CASE("a writer that met a lack of memory goes on as if it had not been asked") {
  const test::TempDir dir;
  const PackedWeights weights = io_test::Packed(io_test::Info(WeightFormat::kInt4, 3, 40, 32));
  WalkFailures({"PackedWriter", Code::kOk}, [&](Attempt& attempt) {
    PackedWriter writer;
    std::string name = "a tensor with a long name", key = "a key, long enough to be allocated",
                value = std::string(50, 'v');
    const FileTensor bias = io_test::BiasTensor();
    Status status = attempt([&] { return writer.AddPacked(std::move(name), weights); });
    if (status.ok()) status = attempt([&] { return writer.AddRaw(bias); });
    if (status.ok()) {
      status = attempt([&] { return writer.SetMetadata(std::move(key), std::move(value)); });
    }
    const std::string path = dir / "out.safetensors";
    if (status.ok()) status = attempt([&] { return writer.Write(path, true); });
    const bool partial = dir.Names().size() > 1;
    return partial ? Code::kInternal : status.code();
  });
  PackedWriter writer;
  std::string name = "again and again and again";
  size_t nth = 0;
  for (Status status(Code::kOutOfMemory, ""); !status.ok(); ++nth) {
    Attempt attempt(nth, true);
    std::string copy = name;
    status = attempt([&] { return writer.AddPacked(std::move(copy), weights); });
    REQUIRE((status.ok() || status.code() == Code::kOutOfMemory));
  }
  CHECK(nth > 1);
}

TEST_CASE("profiles") {
  const test::TempDir dir;
  const std::string path = dir / "none";
  WalkFailures({"LoadProfile", Code::kNotFound}, [&](Attempt& attempt) {
    return attempt([&]() -> Status {
      try {
        return plan::LoadProfile(path).status();
      } catch (const std::bad_alloc&) {
        return {Code::kOutOfMemory, "out of memory"};
      }
    });
  });
}

}  // namespace
}  // namespace lutgemm
