// The C interface against the C++ one, bit for bit.
#include <doctest/doctest.h>
#include <lutgemm/lutgemm.h>

#include <lutgemm/lutgemm.hpp>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/buffer.h"
#include "support/random.h"

namespace lutgemm {
namespace {

using Bytes = std::vector<std::byte>;

template <class Handle, void (*kFree)(Handle*)>
struct Freer {
  void operator()(Handle* handle) const { kFree(handle); }
};
using PackedHandle = std::unique_ptr<lutgemm_packed, Freer<lutgemm_packed, lutgemm_packed_free>>;
using PlanHandle = std::unique_ptr<lutgemm_plan, Freer<lutgemm_plan, lutgemm_plan_free>>;
using FileHandle = std::unique_ptr<lutgemm_file, Freer<lutgemm_file, lutgemm_file_free>>;
using ThreadsHandle =
    std::unique_ptr<lutgemm_threads, Freer<lutgemm_threads, lutgemm_threads_free>>;

void MustSucceed(lutgemm_status status) {
  REQUIRE_MESSAGE(status == LUTGEMM_OK, lutgemm_last_error());
}

struct Weights {
  size_t n, k;
  std::vector<float> values;
};

Weights RandomWeights(size_t n, size_t k) {
  test::Random random(71);
  return {n, k, random.Normals(n * k)};
}

lutgemm_matrix MatrixOf(const Weights& w) {
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.data = w.values.data();
  matrix.rows = w.n;
  matrix.cols = w.k;
  return matrix;
}

lutgemm_pack_spec SpecOf(const QuantSpec& spec) {
  lutgemm_pack_spec out = LUTGEMM_PACK_SPEC_INIT;
  out.format = static_cast<uint32_t>(spec.format);
  out.group = spec.group;
  out.zero = static_cast<uint32_t>(spec.zero);
  out.scale = static_cast<uint32_t>(spec.scale);
  out.scale_search = spec.scale_search;
  return out;
}

PackedHandle PackC(const Weights& w, const QuantSpec& spec) {
  const lutgemm_matrix matrix = MatrixOf(w);
  const lutgemm_pack_spec c_spec = SpecOf(spec);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack(&matrix, &c_spec, nullptr, &packed));
  return PackedHandle(packed);
}

QuantizedMatrix QuantizeCpp(const Weights& w, const QuantSpec& spec) {
  Result<QuantizedMatrix> m = Quantize({w.values.data(), Elem::kF32, w.n, w.k, 0}, spec);
  REQUIRE_MESSAGE(m.ok(), m.status().text());
  return *std::move(m);
}

PackedWeights PackCpp(const Weights& w, const QuantSpec& spec) {
  Result<PackedWeights> packed = Pack(QuantizeCpp(w, spec));
  REQUIRE_MESSAGE(packed.ok(), packed.status().text());
  return *std::move(packed);
}

Bytes BlobOf(const lutgemm_packed* packed) {
  size_t bytes = 0;
  const auto* blob = static_cast<const std::byte*>(lutgemm_packed_blob(packed, &bytes));
  return {blob, blob + bytes};
}
Bytes BlobOf(const PackedWeights& packed) { return {packed.blob().begin(), packed.blob().end()}; }

std::vector<QuantSpec> AllSpecs() {
  std::vector<QuantSpec> specs;
  for (const auto format : {WeightFormat::kInt1, WeightFormat::kInt2, WeightFormat::kInt3,
                            WeightFormat::kInt4, WeightFormat::kTernary}) {
    const bool symmetric = format == WeightFormat::kInt1 || format == WeightFormat::kTernary;
    for (const auto zero : {ZeroKind::kNone, ZeroKind::kInteger, ZeroKind::kFloat}) {
      if (symmetric && zero != ZeroKind::kNone) continue;
      for (const uint32_t group : {32u, kWholeRow, kWholeTensor}) {
        specs.push_back({format, group, zero, Elem::kBF16, zero == ZeroKind::kInteger});
      }
    }
  }
  return specs;
}

TEST_CASE("enums and statuses have the values of the C++ interface") {
  static_assert(LUTGEMM_INTERNAL == static_cast<int>(Code::kInternal));
  static_assert(LUTGEMM_I32 == static_cast<int>(Elem::kI32));
  static_assert(LUTGEMM_TERNARY == static_cast<int>(WeightFormat::kTernary));
  static_assert(LUTGEMM_ZERO_FLOAT == static_cast<int>(ZeroKind::kFloat));
  static_assert(LUTGEMM_LAYOUT_CODES == static_cast<int>(LayoutId::kCodes));
  static_assert(LUTGEMM_EXACT == static_cast<int>(Mode::kExact));
  static_assert(LUTGEMM_WHOLE_TENSOR == kWholeTensor && LUTGEMM_WHOLE_ROW == kWholeRow);
  static_assert(LUTGEMM_WORKSPACE_HEADER == Plan::kWorkspaceHeader);
  for (int s = -1; s <= 16; ++s) {
    CHECK(std::string(lutgemm_status_text(s)) == CodeName(static_cast<Code>(s)));
  }
  CHECK(std::string(lutgemm_version()) == LUTGEMM_VERSION_STRING);
}

TEST_CASE("packing gives the bytes of the C++ interface, in every format") {
  const Weights w = RandomWeights(37, 75);
  for (const QuantSpec& spec : AllSpecs()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const PackedHandle c = PackC(w, spec);
    const PackedWeights cpp = PackCpp(w, spec);
    CHECK(BlobOf(c.get()) == BlobOf(cpp));
    lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
    MustSucceed(lutgemm_packed_info(c.get(), &info));
    CHECK(info.format == static_cast<uint32_t>(spec.format));
    CHECK(info.group == spec.group);
    CHECK(info.zero == static_cast<uint32_t>(spec.zero));
    CHECK(info.scale == LUTGEMM_BF16);
    CHECK(info.layout == static_cast<uint32_t>(cpp.layout()));
    CHECK(info.layout_version == cpp.layout_version());
    CHECK(info.n == 37);
    CHECK(info.k == 75);
    CHECK(lutgemm_packed_bytes(&info) == cpp.blob().size());
  }
}

TEST_CASE("f16 sources, a stride, a forced layout and threads arrive") {
  const std::vector<uint16_t> ones(3 * 20, 0x3c00);
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.elem = LUTGEMM_F16;
  matrix.data = ones.data();
  matrix.rows = 3;
  matrix.cols = 16;
  matrix.stride = 20;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  spec.layout = LUTGEMM_LAYOUT_PLANES;
  lutgemm_threads* pool = nullptr;
  MustSucceed(lutgemm_threads_create(2, &pool));
  const ThreadsHandle threads(pool);
  CHECK(lutgemm_threads_count(pool) == 2);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack(&matrix, &spec, pool, &packed));
  const PackedHandle handle(packed);
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_packed_info(packed, &info));
  CHECK(info.layout == LUTGEMM_LAYOUT_PLANES);
  const std::vector<float> floats(3 * 16, 1.0f);
  const QuantizedMatrix m = QuantizeCpp({3, 16, floats}, QuantSpec());
  CHECK(BlobOf(packed) == BlobOf(*Pack(m, LayoutId::kPlanes)));
}

TEST_CASE("imported codes pack as the C++ interface packs them") {
  const Weights w = RandomWeights(9, 50);
  for (const QuantSpec& spec : AllSpecs()) {
    CAPTURE(Name(spec.format));
    CAPTURE(Name(spec.zero));
    const QuantizedMatrix m = QuantizeCpp(w, spec);
    lutgemm_codes codes = LUTGEMM_CODES_INIT;
    codes.format = static_cast<uint32_t>(spec.format);
    codes.group = spec.group;
    codes.zero = static_cast<uint32_t>(spec.zero);
    codes.scale = LUTGEMM_BF16;
    codes.n = 9;
    codes.k = 50;
    codes.codes = m.codes.data();
    codes.scales = m.scales.data();
    codes.zeros = m.zeros.empty() ? nullptr : m.zeros.data();
    codes.offsets = m.offsets.empty() ? nullptr : m.offsets.data();
    lutgemm_packed* packed = nullptr;
    MustSucceed(lutgemm_pack_codes(&codes, nullptr, &packed));
    const PackedHandle handle(packed);
    CHECK(BlobOf(packed) == BlobOf(*Pack(m)));
  }
}

// One product by every route of the C interface and by the C++ one.
struct Routes {
  static constexpr size_t kTokens = 3, kN = 37, kK = 75;
  std::vector<float> act;
  base::Buffer workspace, tables;

  std::vector<float> Cpp(const PackedWeights& weights, const Problem& problem) {
    const Result<Plan> plan = MakePlan(weights, problem);
    REQUIRE_MESSAGE(plan.ok(), plan.status().text());
    std::vector<float> out(kTokens * kN);
    workspace = *base::Buffer::Allocate(plan->workspace_bytes());
    const Status status = plan->Run(act.data(), out.data(), workspace.span());
    REQUIRE_MESSAGE(status.ok(), status.text());
    return out;
  }

  lutgemm_run_args Args(const lutgemm_plan* plan, std::vector<float>* out) {
    workspace = *base::Buffer::Allocate(lutgemm_plan_workspace_bytes(plan));
    tables = *base::Buffer::Allocate(lutgemm_plan_table_bytes(plan));
    lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
    args.act = act.data();
    args.out = out->data();
    args.workspace = workspace.data();
    args.workspace_bytes = workspace.size();
    args.tables = tables.data();
    args.table_bytes = tables.size();
    return args;
  }
};

TEST_CASE("runs, slices and tables give the bits of the C++ interface") {
  test::Random random(72);
  Routes routes;
  routes.act = random.Normals(Routes::kTokens * Routes::kK);
  const std::vector<float> bias = random.Normals(Routes::kN);
  const Weights w = RandomWeights(Routes::kN, Routes::kK);
  lutgemm_threads* pool = nullptr;
  MustSucceed(lutgemm_threads_create(2, &pool));
  const ThreadsHandle threads(pool);
  for (const QuantSpec& spec : AllSpecs()) {
    for (const Mode mode : {Mode::kFast, Mode::kExact}) {
      CAPTURE(Name(spec.format));
      CAPTURE(Name(spec.zero));
      CAPTURE(Name(mode));
      Problem cpp;
      cpp.m = Routes::kTokens;
      cpp.mode = mode;
      cpp.threads = 2;
      cpp.bias = bias.data();
      const std::vector<float> want = routes.Cpp(PackCpp(w, spec), cpp);

      PackedHandle packed = PackC(w, spec);
      lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
      problem.m = Routes::kTokens;
      problem.mode = static_cast<uint32_t>(mode);
      problem.threads = 2;
      problem.bias = bias.data();
      lutgemm_plan* made = nullptr;
      MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
      const PlanHandle plan(made);
      packed.reset();  // the plan keeps the weights

      std::vector<float> out(want.size());
      lutgemm_run_args args = routes.Args(plan.get(), &out);
      MustSucceed(lutgemm_run(plan.get(), &args));
      CHECK(out == want);
      args.threads = pool;
      std::fill(out.begin(), out.end(), 0.0f);
      MustSucceed(lutgemm_run(plan.get(), &args));
      CHECK(out == want);

      std::fill(out.begin(), out.end(), 0.0f);
      std::memset(args.workspace, 0, LUTGEMM_WORKSPACE_HEADER);
      MustSucceed(lutgemm_run_slice(plan.get(), &args, 1, 2));
      MustSucceed(lutgemm_run_slice(plan.get(), &args, 0, 2));
      CHECK(out == want);

      std::fill(out.begin(), out.end(), 0.0f);
      MustSucceed(lutgemm_build_tables(plan.get(), &args));
      MustSucceed(lutgemm_apply(plan.get(), &args));
      CHECK(out == want);
    }
  }
}

TEST_CASE("every field of a problem arrives") {
  const Weights w = RandomWeights(33, 64);
  const QuantSpec spec = {WeightFormat::kInt2, 64, ZeroKind::kNone, Elem::kF32, false};
  const PackedHandle packed = PackC(w, spec);
  test::Random random(73);
  const std::vector<int8_t> act = random.Int8s(2 * 70);
  Problem cpp;
  cpp.m = 2;
  cpp.act = Elem::kI8;
  cpp.out = Elem::kI32;
  cpp.mode = Mode::kExact;
  cpp.act_stride = 70;
  cpp.out_stride = 40;
  const Result<Plan> want_plan = MakePlan(PackCpp(w, spec), cpp);
  REQUIRE_MESSAGE(want_plan.ok(), want_plan.status().text());
  std::vector<int32_t> want(2 * 40, -1), out(2 * 40, -1);
  base::Buffer workspace = *base::Buffer::Allocate(want_plan->workspace_bytes());
  REQUIRE(want_plan->Run(act.data(), want.data(), workspace.span()).ok());

  lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  problem.m = 2;
  problem.act = LUTGEMM_I8;
  problem.out = LUTGEMM_I32;
  problem.mode = LUTGEMM_EXACT;
  problem.act_stride = 70;
  problem.out_stride = 40;
  lutgemm_plan* made = nullptr;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  PlanHandle plan(made);
  lutgemm_run_args args = LUTGEMM_RUN_ARGS_INIT;
  args.act = act.data();
  args.out = out.data();
  args.workspace = workspace.data();
  args.workspace_bytes = workspace.size();
  MustSucceed(lutgemm_run(plan.get(), &args));
  CHECK(out == want);
  CHECK(std::string(lutgemm_plan_explain(made)) == want_plan->Explain());
  CHECK(lutgemm_plan_row(made) == want_plan->row());
  CHECK(lutgemm_plan_target(made) == want_plan->target());
  CHECK(lutgemm_plan_table_key(made) == want_plan->table_key());

  // Forced rows and targets, by the names that the library lists, and a block.
  problem = LUTGEMM_PROBLEM_INIT;
  problem.target = lutgemm_target_name(lutgemm_target_count() - 1);
  problem.row = made != nullptr ? lutgemm_plan_row(made) : nullptr;
  problem.mode = LUTGEMM_EXACT;
  problem.block = 32;
  MustSucceed(lutgemm_plan_create(packed.get(), &problem, &made));
  const PlanHandle forced(made);
  CHECK(std::string(lutgemm_plan_target(made)) == problem.target);
  CHECK(std::string(lutgemm_plan_row(made)) == problem.row);
  problem.row = "no such row";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_NO_KERNEL);
  CHECK(made == nullptr);
  problem.row = nullptr;
  problem.target = "no such target";
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
  CHECK(std::string(lutgemm_last_error()).find("no such target") != std::string::npos);
  problem.target = nullptr;
  problem.block = 7;
  CHECK(lutgemm_plan_create(packed.get(), &problem, &made) == LUTGEMM_BAD_ARGUMENT);
}

TEST_CASE("a blob in the caller's memory is used in place") {
  const PackedHandle packed = PackC(RandomWeights(40, 64), QuantSpec());
  const Bytes bytes = BlobOf(packed.get());
  base::Buffer memory = *base::Buffer::Allocate(bytes.size() + 64);
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  lutgemm_weight_info info = LUTGEMM_WEIGHT_INFO_INIT;
  MustSucceed(lutgemm_packed_info(packed.get(), &info));
  lutgemm_packed* adopted = nullptr;
  MustSucceed(lutgemm_packed_from_blob(&info, memory.data(), bytes.size(), &adopted));
  const PackedHandle handle(adopted);
  size_t size = 0;
  CHECK(lutgemm_packed_blob(adopted, &size) == memory.data());
  CHECK(size == bytes.size());
  CHECK(lutgemm_packed_blob(adopted, nullptr) == memory.data());

  CHECK(lutgemm_packed_from_blob(&info, memory.data() + 1, bytes.size(), &adopted) ==
        LUTGEMM_BAD_ARGUMENT);
  CHECK(lutgemm_packed_from_blob(&info, memory.data(), bytes.size() - 1, &adopted) ==
        LUTGEMM_BAD_SHAPE);
  CHECK(adopted == nullptr);
  ++info.layout_version;
  CHECK(lutgemm_packed_from_blob(&info, memory.data(), bytes.size(), &adopted) ==
        LUTGEMM_UNSUPPORTED_FORMAT);
}

TEST_CASE("files: tensors by name, usable after the file handle is gone") {
  const std::string path =
      (std::filesystem::temp_directory_path() / "lutgemm_c_api_test.safetensors").string();
  const Weights w = RandomWeights(20, 64);
  const PackedWeights cpp = PackCpp(w, QuantSpec());
  PackedWriter writer;
  REQUIRE(writer.AddPacked("first", cpp).ok());
  REQUIRE(writer.AddPacked("second", PackCpp(w, {WeightFormat::kInt1})).ok());
  const Status written = writer.Write(path, true);
  REQUIRE_MESSAGE(written.ok(), written.text());

  lutgemm_file* opened = nullptr;
  MustSucceed(lutgemm_file_open(path.c_str(), 1, &opened));
  FileHandle file(opened);
  CHECK(lutgemm_file_count(opened) == 2);
  CHECK(std::string(lutgemm_file_name(opened, 0)) == "first");
  CHECK(std::string(lutgemm_file_name(opened, 1)) == "second");
  CHECK(lutgemm_file_name(opened, 2) == nullptr);
  lutgemm_packed* packed = nullptr;
  CHECK(lutgemm_file_get(opened, "third", &packed) == LUTGEMM_NOT_FOUND);
  CHECK(packed == nullptr);
  MustSucceed(lutgemm_file_get(opened, "first", &packed));
  const PackedHandle handle(packed);
  file.reset();
  CHECK(BlobOf(packed) == BlobOf(cpp));
  std::filesystem::remove(path);
  CHECK(lutgemm_file_open(path.c_str(), 1, &opened) == LUTGEMM_IO);
  CHECK(opened == nullptr);
}

TEST_CASE("rows and targets are those of the C++ interface") {
  REQUIRE(lutgemm_row_count() == Rows().size());
  for (size_t i = 0; i < Rows().size(); ++i) {
    lutgemm_row_info info = LUTGEMM_ROW_INFO_INIT;
    MustSucceed(lutgemm_row(i, &info));
    CHECK(info.name == Rows()[i].name);
    CHECK(info.family == Rows()[i].family);
    CHECK(info.layout == static_cast<uint32_t>(Rows()[i].layout));
    CHECK((info.fast != 0) == Rows()[i].fast);
    CHECK((info.exact != 0) == Rows()[i].exact);
  }
  lutgemm_row_info info = LUTGEMM_ROW_INFO_INIT;
  CHECK(lutgemm_row(Rows().size(), &info) == LUTGEMM_NOT_FOUND);
  REQUIRE(lutgemm_target_count() == Targets().size());
  for (size_t i = 0; i < Targets().size(); ++i) CHECK(lutgemm_target_name(i) == Targets()[i]);
  CHECK(lutgemm_target_name(Targets().size()) == nullptr);
}

}  // namespace
}  // namespace lutgemm
