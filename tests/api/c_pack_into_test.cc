// Packing into the caller's memory, by both interfaces.
#include <cstring>

#include "api/c_kit.h"
#include "base/buffer.h"

namespace lutgemm::test {
namespace {

constexpr std::byte kBefore{0xa5};  // what memory holds before

base::Buffer Memory(size_t bytes) {
  base::Buffer memory = *base::Buffer::Allocate(bytes);
  std::memset(memory.data(), static_cast<int>(kBefore), bytes);
  return memory;
}

bool Untouched(const base::Buffer& memory, size_t from) {
  for (size_t i = from; i < memory.size(); ++i) {
    if (memory.data()[i] != kBefore) return false;
  }
  return true;
}

lutgemm_pack_memory MemoryOf(base::Buffer& memory) {
  lutgemm_pack_memory to = LUTGEMM_PACK_MEMORY_INIT;
  to.blob = memory.data();
  to.bytes = memory.size();
  return to;
}

std::vector<QuantSpec> EverySpec() {
  std::vector<QuantSpec> specs = AllSpecs();
  for (const QuantSpec& spec : SpecialSpecs()) specs.push_back(spec);
  return specs;
}

TEST_CASE("PackInto makes the bytes of Pack at the beginning of the memory, and uses them there") {
  const Weights w = RandomWeights(37, 75);
  for (const QuantSpec& spec : EverySpec()) {
    CAPTURE(Name(spec.format));
    const QuantizedMatrix matrix = QuantizeCpp(w, spec);
    const PackedWeights want = *Pack(matrix);
    base::Buffer memory = Memory(want.blob().size() + 192);
    const Result<PackedWeights> packed = PackInto(matrix, memory.span());
    REQUIRE_MESSAGE(packed.ok(), packed.status().text());
    CHECK(packed->blob().data() == memory.data());
    CHECK(BlobOf(*packed) == BlobOf(want));
    CHECK(packed->layout() == want.layout());
    CHECK(packed->layout_version() == want.layout_version());
    CHECK(packed->largest_zero() == want.largest_zero());
    CHECK(Untouched(memory, want.blob().size()));
  }
}

TEST_CASE("PackInto refuses what is not aligned or too small") {
  const QuantizedMatrix matrix = QuantizeCpp(RandomWeights(37, 75), QuantSpec());
  const size_t bytes = PackedBytes(matrix.info, LayoutId::kCodes);
  base::Buffer memory = Memory(bytes + 64);
  const auto code = [&](size_t begin, size_t size, LayoutId layout = LayoutId::kDefault) {
    return PackInto(matrix, memory.span().subspan(begin, size), layout).status().code();
  };
  CHECK(code(1, bytes) == Code::kBadArgument);
  CHECK(code(0, bytes - 1) == Code::kWorkspaceTooSmall);
  CHECK(code(0, 0) == Code::kWorkspaceTooSmall);
  CHECK(code(0, bytes, LayoutId::kTrits) == Code::kUnsupportedFormat);
  CHECK(Untouched(memory, 0));
  CHECK(code(64, bytes) == Code::kOk);
}

TEST_CASE("lutgemm_pack_into gives the bytes of lutgemm_pack, with threads and without") {
  const Weights w = RandomWeights(150, 1000);
  const lutgemm_matrix matrix = MatrixOf(w);
  lutgemm_threads* pool = nullptr;
  MustSucceed(lutgemm_threads_create(2, &pool));
  const ThreadsHandle threads(pool);
  for (const QuantSpec& spec : EverySpec()) {
    CAPTURE(Name(spec.format));
    const lutgemm_pack_spec c_spec = SpecOf(spec);
    size_t bytes = 0;
    MustSucceed(lutgemm_pack_bytes(&matrix, &c_spec, &bytes));
    base::Buffer memory = Memory(bytes + 64);
    lutgemm_pack_memory to = MemoryOf(memory);
    to.threads = pool;
    lutgemm_packed* packed = nullptr;
    MustSucceed(lutgemm_pack_into(&matrix, &c_spec, &to, &packed));
    const PackedHandle handle(packed);
    size_t size = 0;
    CHECK(lutgemm_packed_blob(packed, &size) == memory.data());
    CHECK(size == bytes);
    CHECK(BlobOf(packed) == BlobOf(PackC(w, spec).get()));
    CHECK(Untouched(memory, bytes));
  }
}

TEST_CASE("codes are packed into the caller's memory, and a plan runs on it") {
  const Weights w = RandomWeights(40, 64);
  const QuantizedMatrix m = QuantizeCpp(w, QuantSpec());
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  codes.n = 40, codes.k = 64;
  size_t bytes = 0;
  MustSucceed(lutgemm_pack_codes_bytes(&codes, &bytes));  // no array is read
  CHECK(bytes == Pack(m)->blob().size());
  codes.codes = m.codes.data(), codes.scales = m.scales.data();
  base::Buffer memory = Memory(bytes);
  const lutgemm_pack_memory to = MemoryOf(memory);
  lutgemm_packed* packed = nullptr;
  MustSucceed(lutgemm_pack_codes_into(&codes, &to, &packed));
  const PackedHandle handle(packed);
  CHECK(BlobOf(packed) == BlobOf(*Pack(m)));
  const lutgemm_problem problem = LUTGEMM_PROBLEM_INIT;
  lutgemm_plan* plan = nullptr;
  MustSucceed(lutgemm_plan_create(packed, &problem, &plan));
  lutgemm_plan_free(plan);
}

TEST_CASE("errors of packing into memory") {
  const Weights w = RandomWeights(40, 64);
  const lutgemm_matrix matrix = MatrixOf(w);
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  base::Buffer memory = Memory(1 << 14);
  const lutgemm_pack_memory good = MemoryOf(memory);
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  const auto fails = [&](const lutgemm_pack_memory& to, lutgemm_status status) {
    auto* packed = reinterpret_cast<lutgemm_packed*>(&memory);
    const std::string text = Failure(lutgemm_pack_into(&matrix, &spec, &to, &packed), status);
    CHECK(packed == nullptr);
    return text;
  };
  lutgemm_pack_memory bad = good;
  bad.blob = memory.data() + 8;
  CHECK(fails(bad, LUTGEMM_BAD_ARGUMENT) == "memory for the blob is not 64-byte aligned");
  bad.blob = nullptr;
  CHECK(fails(bad, LUTGEMM_BAD_ARGUMENT) == "memory.blob is null");
  bad = good;
  bad.bytes = 100;
  CHECK(fails(bad, LUTGEMM_WORKSPACE_TOO_SMALL).find("has 100 bytes; these weights need") !=
        std::string::npos);
  --bad.struct_size;
  CHECK(fails(bad, LUTGEMM_BAD_ARGUMENT).find("struct_size of memory") != std::string::npos);
  lutgemm_packed* packed = nullptr;
  NullIsNamed(lutgemm_pack_into(nullptr, &spec, &good, &packed), "matrix");
  NullIsNamed(lutgemm_pack_into(&matrix, nullptr, &good, &packed), "spec");
  NullIsNamed(lutgemm_pack_into(&matrix, &spec, nullptr, &packed), "memory");
  NullIsNamed(lutgemm_pack_into(&matrix, &spec, &good, nullptr), "out");
  NullIsNamed(lutgemm_pack_codes_into(nullptr, &good, &packed), "codes");
  NullIsNamed(lutgemm_pack_codes_into(&codes, nullptr, &packed), "memory");
  NullIsNamed(lutgemm_pack_codes_into(&codes, &good, nullptr), "out");
}

TEST_CASE("sizes of blobs: what cannot be packed has none, and the text says why") {
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  matrix.rows = 3, matrix.cols = 64;
  lutgemm_pack_spec spec = LUTGEMM_PACK_SPEC_INIT;
  size_t bytes = 7;
  spec.layout = LUTGEMM_LAYOUT_TRITS;
  CHECK(Failure(lutgemm_pack_bytes(&matrix, &spec, &bytes), LUTGEMM_UNSUPPORTED_FORMAT)
            .find("layout 'trits' cannot hold int4") != std::string::npos);
  CHECK(bytes == 0);
  spec = LUTGEMM_PACK_SPEC_INIT;
  spec.group = 3;
  CHECK(lutgemm_pack_bytes(&matrix, &spec, &bytes) == LUTGEMM_BAD_ARGUMENT);
  matrix.rows = 0;
  CHECK(lutgemm_pack_bytes(&matrix, &spec, &bytes) == LUTGEMM_BAD_ARGUMENT);
  NullIsNamed(lutgemm_pack_bytes(nullptr, &spec, &bytes), "matrix");
  NullIsNamed(lutgemm_pack_bytes(&matrix, nullptr, &bytes), "spec");
  NullIsNamed(lutgemm_pack_bytes(&matrix, &spec, nullptr), "bytes");
  lutgemm_codes codes = LUTGEMM_CODES_INIT;
  CHECK(lutgemm_pack_codes_bytes(&codes, &bytes) == LUTGEMM_BAD_SHAPE);
  NullIsNamed(lutgemm_pack_codes_bytes(nullptr, &bytes), "codes");
  NullIsNamed(lutgemm_pack_codes_bytes(&codes, nullptr), "bytes");
}

}  // namespace
}  // namespace lutgemm::test
