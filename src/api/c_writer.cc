// C interface: files of packed weights, written.
#include "api/c_common.h"
#include "api/c_tensor.h"

#include <memory>

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_writer_create(lutgemm_writer** out) {
  return Make(out, [&]() -> Status {
    auto made = std::make_unique<lutgemm_writer>();
    // A writer that found no memory for its state has no header either.
    if (made->writer.file_bytes() == 0) return {Code::kOutOfMemory, "out of memory"};
    *out = made.release();
    return {};
  });
}

lutgemm_status lutgemm_writer_add_packed(lutgemm_writer* writer, const char* name,
                                         const lutgemm_packed* packed) {
  return Call([&]() -> Status {
    if (writer == nullptr) return NullArgument("writer");
    if (name == nullptr) return NullArgument("name");
    if (packed == nullptr) return NullArgument("packed");
    return writer->writer.AddPacked(name, packed->weights);
  });
}

lutgemm_status lutgemm_writer_add_tensor(lutgemm_writer* writer, const lutgemm_tensor* tensor) {
  return Call([&]() -> Status {
    if (writer == nullptr) return NullArgument("writer");
    FileTensor raw;
    if (Status status = ReadTensor(tensor, &raw); !status.ok()) return status;
    return writer->writer.AddRaw(raw);
  });
}

lutgemm_status lutgemm_writer_set_metadata(lutgemm_writer* writer, const char* key,
                                           const char* value) {
  return Call([&]() -> Status {
    if (writer == nullptr) return NullArgument("writer");
    if (key == nullptr) return NullArgument("key");
    if (value == nullptr) return NullArgument("value");
    return writer->writer.SetMetadata(key, value);
  });
}

uint64_t lutgemm_writer_file_bytes(const lutgemm_writer* writer) {
  return writer != nullptr ? writer->writer.file_bytes() : 0;
}

lutgemm_status lutgemm_writer_reserve(lutgemm_writer* writer, const char* path, int overwrite,
                                      uint64_t bytes) {
  return Call([&]() -> Status {
    if (writer == nullptr) return NullArgument("writer");
    if (path == nullptr) return NullArgument("path");
    return writer->writer.Reserve(path, overwrite != 0, bytes);
  });
}

lutgemm_status lutgemm_writer_write(const lutgemm_writer* writer, const char* path, int overwrite) {
  return Call([&]() -> Status {
    if (writer == nullptr) return NullArgument("writer");
    if (path == nullptr) return NullArgument("path");
    return writer->writer.Write(path, overwrite != 0);
  });
}

void lutgemm_writer_free(lutgemm_writer* writer) { delete writer; }
