// Whatever the floating-point mode of the calling thread, results have the same bits, and the mode
// is the caller's again afterwards.
#include "base/float_mode.h"
#include "kit.h"
#include "quant/quantize.h"

#include <lutgemm/kv_cache.hpp>

#include <cfenv>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace lutgemm {
namespace {

using test::Guarded;
using test::Random;

struct FloatState {
  const char* name;
  int rounding;
  bool flush;  // subnormal numbers are zero, where the processor can
};
constexpr FloatState kStates[] = {{"up", FE_UPWARD, false},
                                  {"down", FE_DOWNWARD, false},
                                  {"to zero", FE_TOWARDZERO, false},
                                  {"flush", FE_TONEAREST, true},
                                  {"up and flush", FE_UPWARD, true}};

unsigned Control() {
#if defined(__SSE2__)
  return _mm_getcsr();
#else
  return static_cast<unsigned>(std::fegetround());
#endif
}

// Sets a state for as long as it lives.
class InState {
 public:
  explicit InState(const FloatState& state) {
    std::fesetround(state.rounding);
#if defined(__SSE2__)
    constexpr unsigned kFlushToZero = 0x8000, kSubnormalsAreZero = 0x0040;
    if (state.flush) _mm_setcsr(_mm_getcsr() | kFlushToZero | kSubnormalsAreZero);
#endif
  }
  ~InState() {
#if defined(__SSE2__)
    _mm_setcsr(0x1f80);
#endif
    std::fesetround(FE_TONEAREST);
  }
};

using Bytes = std::vector<std::byte>;
template <class T>
Bytes BytesOf(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// The bytes that `body` makes are the same in every state, and no state is changed.
void CheckStates(const std::string& name, const std::function<Bytes()>& body) {
  const Bytes want = body();
  for (const FloatState& state : kStates) {
    CAPTURE(name);
    CAPTURE(state.name);
    unsigned before = 0, after = 0;
    Bytes got;
    {
      const InState in(state);
      before = Control();
      got = body();
      after = Control();
    }
    CHECK(before == after);
    CHECK(got == want);
  }
}

// Values of all magnitudes, subnormal ones among them.
std::vector<float> Wide(Random& random, size_t count) {
  std::vector<float> values = random.Normals(count);
  for (size_t i = 0; i < count; i += 5) values[i] *= 1e-3f;
  for (size_t i = 2; i < count; i += 97) values[i] = 3e-41f * static_cast<float>(i % 7);
  return values;
}

TEST_CASE("states are what they say") {
  volatile float one = 1.0f, tiny = 1e-40f, five = 5.0f, three = 3.0f;
  const float nearest = five / three;  // the next float below
  const InState in(kStates[4]);
  CHECK(five / three > nearest);
#if defined(__SSE2__)
  CHECK(tiny * one == 0.0f);
  const base::FloatMode mode;
  CHECK(tiny * one != 0.0f);
#else
  const base::FloatMode mode;
#endif
  CHECK(five / three == nearest);
}

TEST_CASE("weights: quantised, packed, unpacked") {
  Random random(61);
  std::vector<float> values = Wide(random, 40 * 192);
  // A group of subnormal numbers.
  for (size_t i = 0; i < 64; ++i) values[i] = 1e-41f * static_cast<float>(i % 9);
  const Tensor2D tensor{values.data(), Elem::kF32, 40, 192, 0};
  auto pool = MakeThreads(2);
  REQUIRE(pool.ok());
  for (const WeightFormat format :
       {WeightFormat::kInt2, WeightFormat::kInt4, WeightFormat::kTernary, WeightFormat::kBitmod4,
        WeightFormat::kNvfp4, WeightFormat::kMxfp4, WeightFormat::kNf4, WeightFormat::kBfp6}) {
    QuantSpec spec = DefaultSpec(format);
    if (format == WeightFormat::kInt4) spec.scale = Elem::kF32;
    spec.scale_search = format == WeightFormat::kInt2;
    CheckStates(std::string(Name(format)), [&] {
      const auto matrix = Quantize(tensor, spec, pool->get());
      REQUIRE_MESSAGE(matrix.ok(), matrix.status().text());
      const auto packed = Pack(*matrix);
      REQUIRE(packed.ok());
      const auto back = Unpack(*packed);
      REQUIRE(back.ok());
      Bytes bytes(packed->blob().begin(), packed->blob().end());
      std::vector<float> rows(40 * 192);
      REQUIRE(UnpackRows(*packed, 0, 40, rows).ok());
      for (const Bytes& more : {BytesOf(back->scales), BytesOf(rows)}) {
        bytes.insert(bytes.end(), more.begin(), more.end());
      }
      return bytes;
    });
  }
}

struct Call {
  const Plan& plan;
  const std::vector<float>& act;
  const Producer& producer;
  size_t outputs;
  Threads* threads;
};

Bytes RunAll(const Call& c) {
  const Guarded workspace(c.plan.workspace_bytes()), tables(c.plan.table_bytes());
  std::vector<float> run(c.outputs), fused(c.outputs), applied(c.outputs), sliced(c.outputs),
      made(c.act.size());
  const auto must = [](const Status& status) { REQUIRE_MESSAGE(status.ok(), status.text()); };
  must(c.plan.Run(c.act.data(), run.data(), workspace.span(), c.threads));
  must(c.plan.Run(c.act.data(), c.producer, fused.data(), workspace.span(), c.threads));
  must(c.plan.BuildTables(c.act.data(), tables.span(), c.threads));
  must(c.plan.Apply(tables.span(), applied.data(), workspace.span(), c.threads));
  must(c.plan.RunSlice(c.act.data(), sliced.data(), workspace.span(), 0, 2));
  must(c.plan.RunSlice(c.act.data(), sliced.data(), workspace.span(), 1, 2));
  must(c.plan.Produce(c.act.data(), c.producer, made.data(), c.threads));
  Bytes all;
  for (const auto* part : {&run, &fused, &applied, &sliced, &made}) {
    const Bytes bytes = BytesOf(*part);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

TEST_CASE("products on every target, by the calling thread and by a pool") {
  Random random(62);
  // A pool whose threads were started in a state of the caller's.
  std::unique_ptr<Threads> pool;
  {
    const InState in(kStates[4]);
    auto made = MakeThreads(2);
    REQUIRE(made.ok());
    pool = std::move(*made);
  }
  const size_t n = 520, k = 512;
  for (const WeightFormat format :
       {WeightFormat::kInt2, WeightFormat::kInt4, WeightFormat::kTernary}) {
    const auto group = format == WeightFormat::kTernary ? kWholeTensor : uint32_t{128};
    const PackedWeights weights =
        test::MustPack(test::RandomMatrix(test::Info(format, n, k, group), random));
    for (const std::string_view target : Targets()) {
      for (const size_t m : {size_t{1}, size_t{20}}) {
        Problem problem;
        problem.m = m;
        problem.threads = 2;
        problem.target = target;
        const Plan plan = test::MustPlan(weights, problem);
        const std::vector<float> act = Wide(random, m * k), gamma = random.Normals(k);
        Producer producer;
        producer.gamma = gamma.data();
        for (Threads* threads : {static_cast<Threads*>(nullptr), pool.get()}) {
          CheckStates(std::string(Name(format)) + " on " + std::string(target), [&] {
            return RunAll({plan, act, producer, m * n, threads});
          });
        }
      }
    }
  }
}

TEST_CASE("caches and codebooks") {
  Random random(63);
  const std::vector<float> rows = Wide(random, 6 * 48), query = random.Normals(24);
  CheckStates("cache", [&] {
    KvCacheSpec spec;
    spec.heads = 2;
    spec.head_dim = 24;
    spec.capacity = 6;
    auto cache = KvCache::Make(spec);
    REQUIRE(cache.ok());
    REQUIRE(cache->Append(rows).ok());
    std::vector<float> all(6 + 24 + 48);
    const std::span<float> out(all);
    REQUIRE(cache->Scores(1, query, out.first(6)).ok());
    REQUIRE(cache->WeightedSum(0, out.first(6), out.subspan(6, 24)).ok());
    REQUIRE(cache->Row(3, out.last(48)).ok());
    return BytesOf(all);
  });
  CheckStates("codebook", [&] {
    const auto book = MakeCodebook(std::span(query).first(11));
    REQUIRE(book.ok());
    return BytesOf(std::vector<Codebook>{*book});
  });
  const Tensor2D tensor{rows.data(), Elem::kF32, 6, 48, 0};
  CheckStates("keys", [&] { return BytesOf(*ColumnKeys(tensor)); });
}

}  // namespace
}  // namespace lutgemm
