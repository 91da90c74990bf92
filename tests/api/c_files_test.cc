// Checkpoints and files of packed weights through the C interface: what C writes, C++ reads, and
// the other way round.
#include <cstring>
#include <map>
#include <string>

#include "api/c_files_kit.h"
#include "io/kit.h"

namespace lutgemm::test {
namespace {

TEST_CASE("files that C writes are those of the C++ interface, and C reads them") {
  const TempDir dir;
  const std::string path = dir / "packed.safetensors";
  const WriterHandle writer = SmallWriter();
  const uint64_t bytes = lutgemm_writer_file_bytes(writer.get());
  MustSucceed(lutgemm_writer_reserve(writer.get(), path.c_str(), 0, bytes));
  CHECK(dir.Names().count("packed.safetensors") == 0);
  MustSucceed(lutgemm_writer_write(writer.get(), path.c_str(), 0));
  CHECK(std::filesystem::file_size(path) == bytes);

  const PackedFile cpp = *PackedFile::Open(path);
  CHECK(cpp.names().size() == 2);
  const Weights w = RandomWeights(20, 64);
  CHECK(BlobOf(*cpp.Get("first")) == BlobOf(PackCpp(w, QuantSpec())));
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
  file.reset();  // the weights keep the mapping
  CHECK(BlobOf(packed) == BlobOf(PackCpp(w, QuantSpec())));
  std::filesystem::remove(path);
  CHECK(lutgemm_file_open(path.c_str(), 1, &opened) == LUTGEMM_IO);
  CHECK(opened == nullptr);
}

TEST_CASE("tensors, texts and metadata of a checkpoint are those of the C++ interface") {
  const TempDir dir;
  const std::string path = dir / "packed.safetensors";
  MustWrite(path);
  const TensorFile cpp = *TensorFile::Open(path);
  const CheckpointHandle c = MustOpen(path);
  REQUIRE(lutgemm_checkpoint_count(c.get()) == cpp.tensors().size());
  CHECK(lutgemm_checkpoint_count(c.get()) == 3);
  for (size_t i = 0; i < cpp.tensors().size(); ++i) {
    const FileTensor& want = cpp.tensors()[i];
    lutgemm_tensor by_index = LUTGEMM_TENSOR_INIT, by_name = LUTGEMM_TENSOR_INIT;
    MustSucceed(lutgemm_checkpoint_tensor(c.get(), i, &by_index));
    MustSucceed(lutgemm_checkpoint_find(c.get(), want.name.c_str(), &by_name));
    CHECK(std::memcmp(&by_index, &by_name, sizeof by_index) == 0);
    CHECK(by_index.name == want.name);
    CHECK(by_index.dtype == want.dtype);
    CHECK(std::vector(by_index.shape, by_index.shape + by_index.dims) == want.shape);
    REQUIRE(by_index.bytes == want.bytes.size());
    CHECK(std::memcmp(by_index.data, want.bytes.data(), by_index.bytes) == 0);
    CHECK(by_index.elem == (want.elem ? static_cast<uint32_t>(*want.elem) : LUTGEMM_ELEM_OTHER));
  }
  CHECK(lutgemm_checkpoint_container(c.get()) == cpp.container());
  CHECK(lutgemm_checkpoint_path_count(c.get()) == 1);
  CHECK(lutgemm_checkpoint_path(c.get(), 0) == path);
  CHECK(lutgemm_checkpoint_path(c.get(), 1) == nullptr);
  CHECK(lutgemm_checkpoint_is_packed(c.get()) == 1);
  std::map<std::string, std::string> metadata;
  for (size_t i = 0; i < lutgemm_checkpoint_metadata_count(c.get()); ++i) {
    const char* key = lutgemm_checkpoint_metadata_key(c.get(), i);
    metadata[key] = lutgemm_checkpoint_metadata_value(c.get(), key);
  }
  CHECK(metadata == cpp.metadata());
  CHECK(metadata["format"] == "pt");
  CHECK(lutgemm_checkpoint_metadata_key(c.get(), metadata.size()) == nullptr);
  for (const char* none : {"none", "", "forma", "formats", "\xff"}) {
    CHECK(lutgemm_checkpoint_metadata_value(c.get(), none) == nullptr);
  }
}

TEST_CASE("a packed file is a checkpoint that outlives it, and its tensors are matrices") {
  const TempDir dir;
  const std::string path = dir / "packed.safetensors";
  MustWrite(path);
  lutgemm_file* opened = nullptr;
  MustSucceed(lutgemm_file_open(path.c_str(), 1, &opened));
  FileHandle file(opened);
  lutgemm_checkpoint* checkpoint = nullptr;
  MustSucceed(lutgemm_file_checkpoint(opened, &checkpoint));
  const CheckpointHandle handle(checkpoint);
  file.reset();
  lutgemm_tensor tensor = LUTGEMM_TENSOR_INIT;
  MustSucceed(lutgemm_checkpoint_find(checkpoint, "bias", &tensor));
  lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
  MustSucceed(lutgemm_tensor_matrix(&tensor, &matrix));
  CHECK(matrix.elem == LUTGEMM_F32);
  CHECK(matrix.rows == 2);
  CHECK(matrix.cols == 3);
  CHECK(matrix.stride == 0);
  CHECK(std::memcmp(matrix.data, kBias, sizeof kBias) == 0);

  MustSucceed(lutgemm_checkpoint_find(checkpoint, "first", &tensor));
  CHECK(Failure(lutgemm_tensor_matrix(&tensor, &matrix), LUTGEMM_UNSUPPORTED_FORMAT) ==
        "tensor 'first' has elements of 'U8'; a matrix needs F32, F16 or BF16");
  tensor.dtype = "\xff";
  CHECK(Failure(lutgemm_tensor_matrix(&tensor, &matrix), LUTGEMM_UNSUPPORTED_FORMAT) ==
        "tensor 'first' has elements of '\\xff'; a matrix needs F32, F16 or BF16");
  tensor = Bias();
  tensor.dims = 1;
  CHECK(Failure(lutgemm_tensor_matrix(&tensor, &matrix), LUTGEMM_BAD_SHAPE).find("1 dimensions") !=
        std::string::npos);
  tensor = Bias();
  tensor.bytes = 20;
  CHECK(lutgemm_tensor_matrix(&tensor, &matrix) == LUTGEMM_BAD_SHAPE);
  NullIsNamed(lutgemm_tensor_matrix(nullptr, &matrix), "tensor");
  tensor = Bias();
  NullIsNamed(lutgemm_tensor_matrix(&tensor, nullptr), "matrix");
}

TEST_CASE("a checkpoint that is none, and tensors that are not there") {
  const TempDir dir;
  lutgemm_checkpoint* checkpoint = nullptr;
  const std::string bad = dir.Put("bad", std::string(100, 'x'));
  CHECK(lutgemm_checkpoint_open(bad.c_str(), &checkpoint) == LUTGEMM_CORRUPT_FILE);
  CHECK(lutgemm_checkpoint_open((dir / "none").c_str(), &checkpoint) == LUTGEMM_IO);
  CHECK(checkpoint == nullptr);
  const std::string no_shard = dir.Put("index.json", R"({"weight_map":{}})");
  CHECK(Failure(lutgemm_checkpoint_open(no_shard.c_str(), &checkpoint), LUTGEMM_CORRUPT_FILE) ==
        no_shard + ": weight_map names no shard");
  CHECK(checkpoint == nullptr);
  MustWrite(dir / "good");
  const CheckpointHandle c = MustOpen(dir / "good");
  lutgemm_tensor tensor = LUTGEMM_TENSOR_INIT;
  CHECK(Failure(lutgemm_checkpoint_tensor(c.get(), 3, &tensor), LUTGEMM_NOT_FOUND) ==
        "there is no tensor 3; there are 3");
  CHECK(Failure(lutgemm_checkpoint_find(c.get(), "third", &tensor), LUTGEMM_NOT_FOUND) ==
        "there is no tensor 'third' in " + (dir / "good"));
  CHECK(Failure(lutgemm_checkpoint_find(c.get(), "a\033[2J", &tensor), LUTGEMM_NOT_FOUND) ==
        "there is no tensor 'a\\x1b[2J' in " + (dir / "good"));
  CHECK(tensor.name == nullptr);
}

TEST_CASE("null arguments of files") {
  lutgemm_checkpoint* checkpoint = nullptr;
  lutgemm_tensor tensor = Bias();
  const WriterHandle writer = NewWriter();
  const PackedHandle packed = PackC(RandomWeights(2, 8), QuantSpec());
  NullIsNamed(lutgemm_checkpoint_open(nullptr, &checkpoint), "path");
  NullIsNamed(lutgemm_checkpoint_open("x", nullptr), "out");
  NullIsNamed(lutgemm_checkpoint_tensor(nullptr, 0, &tensor), "checkpoint");
  NullIsNamed(lutgemm_checkpoint_find(nullptr, "x", &tensor), "checkpoint");
  NullIsNamed(lutgemm_file_checkpoint(nullptr, &checkpoint), "file");
  NullIsNamed(lutgemm_writer_create(nullptr), "out");
  NullIsNamed(lutgemm_writer_add_packed(nullptr, "x", packed.get()), "writer");
  NullIsNamed(lutgemm_writer_add_packed(writer.get(), nullptr, packed.get()), "name");
  NullIsNamed(lutgemm_writer_add_packed(writer.get(), "x", nullptr), "packed");
  NullIsNamed(lutgemm_writer_add_tensor(nullptr, &tensor), "writer");
  NullIsNamed(lutgemm_writer_add_tensor(writer.get(), nullptr), "tensor");
  NullIsNamed(lutgemm_writer_set_metadata(nullptr, "x", "y"), "writer");
  NullIsNamed(lutgemm_writer_set_metadata(writer.get(), nullptr, "y"), "key");
  NullIsNamed(lutgemm_writer_set_metadata(writer.get(), "x", nullptr), "value");
  NullIsNamed(lutgemm_writer_reserve(nullptr, "x", 0, 1), "writer");
  NullIsNamed(lutgemm_writer_reserve(writer.get(), nullptr, 0, 1), "path");
  NullIsNamed(lutgemm_writer_write(nullptr, "x", 0), "writer");
  NullIsNamed(lutgemm_writer_write(writer.get(), nullptr, 0), "path");
  CHECK(lutgemm_writer_file_bytes(nullptr) == 0);
  CHECK(lutgemm_checkpoint_count(nullptr) == 0);
  CHECK(lutgemm_checkpoint_metadata_count(nullptr) == 0);
  CHECK(lutgemm_checkpoint_metadata_key(nullptr, 0) == nullptr);
  CHECK(lutgemm_checkpoint_metadata_value(nullptr, "x") == nullptr);
  CHECK(lutgemm_checkpoint_container(nullptr) == nullptr);
  CHECK(lutgemm_checkpoint_path_count(nullptr) == 0);
  CHECK(lutgemm_checkpoint_path(nullptr, 0) == nullptr);
  CHECK(lutgemm_checkpoint_is_packed(nullptr) == 0);
  lutgemm_writer_free(nullptr);
  lutgemm_checkpoint_free(nullptr);
}

// A GGUF file of two arrays and no tensor.
std::string Arrays() {
  using io_test::Little;
  io_test::Gguf file;
  file.keys = {io_test::GgufKey("tokens", 9,
                                Little(8, 4) + Little(2, 8) + io_test::GgufString("ab") +
                                    io_test::GgufString("")),
               io_test::GgufKey(
                   "types", 9, Little(5, 4) + Little(2, 8) + Little(3, 4) + Little(0xffffffff, 4))};
  return file.bytes();
}

TEST_CASE("arrays of a checkpoint are those of the C++ interface") {
  const TempDir dir;
  dir.Put("m.gguf", Arrays());
  const CheckpointHandle c = MustOpen(dir / "m.gguf");
  const TensorFile cpp = *TensorFile::Open(dir / "m.gguf");
  lutgemm_array tokens = LUTGEMM_ARRAY_INIT, types = LUTGEMM_ARRAY_INIT;
  MustSucceed(lutgemm_checkpoint_array(c.get(), "tokens", &tokens));
  MustSucceed(lutgemm_checkpoint_array(c.get(), "types", &types));
  CHECK(std::string_view(tokens.key) == "tokens");
  CHECK(tokens.type == cpp.FindArray("tokens")->type);
  CHECK(tokens.size == 2);
  REQUIRE(tokens.bytes == cpp.FindArray("tokens")->bytes.size());
  CHECK(std::memcmp(tokens.data, cpp.FindArray("tokens")->bytes.data(), tokens.bytes) == 0);
  const char* texts[2] = {};
  size_t lengths[2] = {};
  MustSucceed(lutgemm_array_strings(&tokens, texts, lengths));
  CHECK(std::string_view(texts[0], lengths[0]) == "ab");
  CHECK(lengths[1] == 0);
  int64_t integers[2] = {};
  MustSucceed(lutgemm_array_integers(&types, integers));
  CHECK(integers[0] == 3);
  CHECK(integers[1] == -1);
  double numbers[2] = {};
  MustSucceed(lutgemm_array_numbers(&types, numbers));
  CHECK(numbers[1] == -1);
}

TEST_CASE("arrays: what callers may get wrong") {
  const TempDir dir;
  dir.Put("m.gguf", Arrays());
  const CheckpointHandle c = MustOpen(dir / "m.gguf");
  lutgemm_array array = LUTGEMM_ARRAY_INIT;
  CHECK(Failure(lutgemm_checkpoint_array(c.get(), "none", &array), LUTGEMM_NOT_FOUND) ==
        "there is no array 'none'");
  CHECK(Failure(lutgemm_checkpoint_array(nullptr, "types", &array), LUTGEMM_BAD_ARGUMENT) ==
        "checkpoint is null");
  CHECK(Failure(lutgemm_checkpoint_array(c.get(), nullptr, &array), LUTGEMM_BAD_ARGUMENT) ==
        "key is null");
  CHECK(lutgemm_checkpoint_array(c.get(), "types", nullptr) == LUTGEMM_BAD_ARGUMENT);
  MustSucceed(lutgemm_checkpoint_array(c.get(), "types", &array));
  CHECK(Failure(lutgemm_array_integers(&array, nullptr), LUTGEMM_BAD_ARGUMENT) == "values is null");
  const char* text = nullptr;
  size_t length = 0;
  CHECK(Failure(lutgemm_array_strings(&array, &text, &length), LUTGEMM_UNSUPPORTED_FORMAT) ==
        "key 'types' holds i32 elements, not strings");
  int64_t values[3] = {};
  array.size = 3;
  CHECK(lutgemm_array_integers(&array, values) == LUTGEMM_CORRUPT_FILE);
  array.type = nullptr;
  CHECK(Failure(lutgemm_array_integers(&array, values), LUTGEMM_BAD_ARGUMENT) ==
        "array.type is null");
  array.struct_size = 3;
  CHECK(lutgemm_array_numbers(&array, nullptr) == LUTGEMM_BAD_ARGUMENT);
}

}  // namespace
}  // namespace lutgemm::test
