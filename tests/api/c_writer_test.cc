// What a writer of the C interface refuses.
#include <filesystem>

#include "api/c_files_kit.h"

namespace lutgemm::test {
namespace {

TEST_CASE("a file is written over another only when told to") {
  const TempDir dir;
  const std::string path = dir.Put("there", "before");
  const WriterHandle writer = SmallWriter();
  CHECK(Failure(lutgemm_writer_write(writer.get(), path.c_str(), 0), LUTGEMM_EXISTS).find(path) !=
        std::string::npos);
  CHECK(lutgemm_writer_reserve(writer.get(), path.c_str(), 0, 100) == LUTGEMM_EXISTS);
  CHECK(std::filesystem::file_size(path) == 6);
  MustSucceed(lutgemm_writer_write(writer.get(), path.c_str(), 1));
  CHECK(std::filesystem::file_size(path) == lutgemm_writer_file_bytes(writer.get()));
  CHECK(lutgemm_writer_write(writer.get(), (dir / "none/x").c_str(), 0) == LUTGEMM_IO);
}

TEST_CASE("tensors that cannot be written") {
  const WriterHandle writer = SmallWriter();
  const auto fails = [&](lutgemm_tensor tensor, lutgemm_status status) {
    return Failure(lutgemm_writer_add_tensor(writer.get(), &tensor), status);
  };
  lutgemm_tensor tensor = Bias();
  CHECK(fails(tensor, LUTGEMM_BAD_ARGUMENT).find("was added already") != std::string::npos);
  tensor.name = "other";
  tensor.dtype = "Q4_0";
  CHECK(fails(tensor, LUTGEMM_UNSUPPORTED_FORMAT).find("Q4_0") != std::string::npos);
  tensor.dtype = "F32";
  tensor.bytes = 20;
  CHECK(fails(tensor, LUTGEMM_BAD_SHAPE).find("do not fit its shape") != std::string::npos);
  tensor.dims = 65;
  CHECK(fails(tensor, LUTGEMM_BAD_SHAPE) == "the tensor has 65 dimensions; 64 are the most");
  tensor.shape = nullptr;
  CHECK(fails(tensor, LUTGEMM_BAD_ARGUMENT) == "tensor.shape is null");
  tensor = Bias(), tensor.data = nullptr;
  CHECK(fails(tensor, LUTGEMM_BAD_ARGUMENT) == "tensor.data is null");
  tensor = Bias(), tensor.dtype = nullptr;
  CHECK(fails(tensor, LUTGEMM_BAD_ARGUMENT) == "tensor.dtype is null");
  tensor = Bias(), tensor.name = nullptr;
  CHECK(fails(tensor, LUTGEMM_BAD_ARGUMENT) == "tensor.name is null");
  CHECK(lutgemm_writer_set_metadata(writer.get(), "lutgemm.x", "y") == LUTGEMM_BAD_ARGUMENT);
}

}  // namespace
}  // namespace lutgemm::test
