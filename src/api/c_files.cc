// C interface: checkpoints and files of packed weights, read.
#include "api/c_common.h"
#include "api/c_tensor.h"
#include "base/names.h"

#include <algorithm>

namespace lutgemm::capi {
namespace {

const FileTensor* TensorAt(const lutgemm_checkpoint* checkpoint, size_t index) noexcept {
  const auto tensors = checkpoint->file.tensors();
  return index < tensors.size() ? &tensors[index] : nullptr;
}

Status ReadArray(const lutgemm_array* array, FileArray* out) {
  lutgemm_array a;
  if (Status status = ReadStruct(array, "array", &a); !status.ok()) return status;
  if (a.key == nullptr) return NullArgument("array.key");
  if (a.type == nullptr) return NullArgument("array.type");
  if (a.data == nullptr && a.bytes != 0) return NullArgument("array.data");
  *out = {a.key, a.type, a.size, {static_cast<const std::byte*>(a.data), a.bytes}};
  return {};
}

template <class T>
Status CopyElements(const lutgemm_array* array,
                    Result<std::vector<T>> (FileArray::*decode)() const noexcept, T* values) {
  FileArray from;
  if (Status status = ReadArray(array, &from); !status.ok()) return status;
  if (from.size != 0 && values == nullptr) return NullArgument("values");
  const Result<std::vector<T>> decoded = (from.*decode)();
  if (!decoded.ok()) return decoded.status();
  std::ranges::copy(*decoded, values);
  return {};
}

}  // namespace
}  // namespace lutgemm::capi

using namespace lutgemm;
using namespace lutgemm::capi;

lutgemm_status lutgemm_tensor_matrix(const lutgemm_tensor* tensor, lutgemm_matrix* matrix) {
  return Call([&]() -> Status {
    FileTensor from;
    if (Status status = ReadTensor(tensor, &from); !status.ok()) return status;
    if (!from.elem) {
      return base::MakeStatus(Code::kUnsupportedFormat, "tensor ", base::Quote(from.name),
                              " has elements of ", base::Quote(from.dtype),
                              "; a matrix needs F32, F16 or BF16");
    }
    const std::optional<Tensor2D> is_matrix = from.AsMatrix();
    if (!is_matrix) {
      return base::MakeStatus(Code::kBadShape, "tensor ", base::Quote(from.name), " has ",
                              from.shape.size(), " dimensions and ", from.bytes.size(),
                              " bytes; a matrix has two, and the bytes of its shape");
    }
    lutgemm_matrix filled = LUTGEMM_MATRIX_INIT;
    filled.elem = static_cast<uint32_t>(is_matrix->elem);
    filled.data = is_matrix->data;
    filled.rows = is_matrix->rows;
    filled.cols = is_matrix->cols;
    return WriteStruct(filled, "matrix", matrix);
  });
}

lutgemm_status lutgemm_checkpoint_open(const char* path, lutgemm_checkpoint** out) {
  return Make(out, [&]() -> Status {
    if (path == nullptr) return NullArgument("path");
    return Hand(TensorFile::Open(path), out);
  });
}

size_t lutgemm_checkpoint_count(const lutgemm_checkpoint* checkpoint) {
  return checkpoint != nullptr ? checkpoint->file.tensors().size() : 0;
}

lutgemm_status lutgemm_checkpoint_tensor(const lutgemm_checkpoint* checkpoint, size_t index,
                                         lutgemm_tensor* tensor) {
  return Call([&]() -> Status {
    if (checkpoint == nullptr) return NullArgument("checkpoint");
    const FileTensor* found = TensorAt(checkpoint, index);
    if (found != nullptr) return WriteStruct(TensorOf(*found), "tensor", tensor);
    return base::MakeStatus(Code::kNotFound, "there is no tensor ", index, "; there are ",
                            checkpoint->file.tensors().size());
  });
}

lutgemm_status lutgemm_checkpoint_find(const lutgemm_checkpoint* checkpoint, const char* name,
                                       lutgemm_tensor* tensor) {
  return Call([&]() -> Status {
    if (checkpoint == nullptr) return NullArgument("checkpoint");
    if (name == nullptr) return NullArgument("name");
    const FileTensor* found = checkpoint->file.Find(name);
    if (found != nullptr) return WriteStruct(TensorOf(*found), "tensor", tensor);
    const auto paths = checkpoint->file.paths();
    return base::MakeStatus(Code::kNotFound, "there is no tensor ", base::Quote(name), " in ",
                            paths.empty() ? "the checkpoint" : base::Shown(paths.front()));
  });
}

size_t lutgemm_checkpoint_metadata_count(const lutgemm_checkpoint* checkpoint) {
  return checkpoint != nullptr ? checkpoint->metadata.size() : 0;
}

const char* lutgemm_checkpoint_metadata_key(const lutgemm_checkpoint* checkpoint, size_t index) {
  if (index >= lutgemm_checkpoint_metadata_count(checkpoint)) return nullptr;
  return checkpoint->metadata[index]->first.c_str();
}

const char* lutgemm_checkpoint_metadata_value(const lutgemm_checkpoint* checkpoint,
                                              const char* key) {
  if (checkpoint == nullptr || key == nullptr) return nullptr;
  // The map's own search would make a string of the key, for which memory may lack.
  const std::string_view wanted = key;
  const auto at =
      std::ranges::lower_bound(checkpoint->metadata, wanted, {},
                               [](const auto* entry) -> std::string_view { return entry->first; });
  return at != checkpoint->metadata.end() && (*at)->first == wanted ? (*at)->second.c_str()
                                                                    : nullptr;
}

lutgemm_status lutgemm_checkpoint_array(const lutgemm_checkpoint* checkpoint, const char* key,
                                        lutgemm_array* array) {
  return Call([&]() -> Status {
    if (checkpoint == nullptr) return NullArgument("checkpoint");
    if (key == nullptr) return NullArgument("key");
    const FileArray* found = checkpoint->file.FindArray(key);
    if (found == nullptr) {
      return base::MakeStatus(Code::kNotFound, "there is no array ", base::Quote(key));
    }
    lutgemm_array filled = LUTGEMM_ARRAY_INIT;
    filled.key = found->key.c_str();
    filled.type = found->type.data();  // a literal, which ends with a zero
    filled.size = found->size;
    filled.data = found->bytes.data();
    filled.bytes = found->bytes.size();
    return WriteStruct(filled, "array", array);
  });
}

lutgemm_status lutgemm_array_strings(const lutgemm_array* array, const char** texts,
                                     size_t* lengths) {
  return Call([&]() -> Status {
    FileArray from;
    if (Status status = ReadArray(array, &from); !status.ok()) return status;
    if (from.size != 0 && texts == nullptr) return NullArgument("texts");
    if (from.size != 0 && lengths == nullptr) return NullArgument("lengths");
    const auto strings = from.Strings();
    if (!strings.ok()) return strings.status();
    for (size_t i = 0; i < strings->size(); ++i) {
      texts[i] = (*strings)[i].data();
      lengths[i] = (*strings)[i].size();
    }
    return {};
  });
}

lutgemm_status lutgemm_array_integers(const lutgemm_array* array, int64_t* values) {
  return Call([&] { return CopyElements(array, &FileArray::Integers, values); });
}

lutgemm_status lutgemm_array_numbers(const lutgemm_array* array, double* values) {
  return Call([&] { return CopyElements(array, &FileArray::Numbers, values); });
}

// The containers' names are literals, which end with a zero.
const char* lutgemm_checkpoint_container(const lutgemm_checkpoint* checkpoint) {
  return checkpoint != nullptr ? checkpoint->file.container().data() : nullptr;
}

size_t lutgemm_checkpoint_path_count(const lutgemm_checkpoint* checkpoint) {
  return checkpoint != nullptr ? checkpoint->file.paths().size() : 0;
}

const char* lutgemm_checkpoint_path(const lutgemm_checkpoint* checkpoint, size_t index) {
  return index < lutgemm_checkpoint_path_count(checkpoint) ? checkpoint->file.paths()[index].c_str()
                                                           : nullptr;
}

int lutgemm_checkpoint_is_packed(const lutgemm_checkpoint* checkpoint) {
  return checkpoint != nullptr && IsPacked(checkpoint->file);
}

void lutgemm_checkpoint_free(lutgemm_checkpoint* checkpoint) { delete checkpoint; }

lutgemm_status lutgemm_file_open(const char* path, int verify_checksums, lutgemm_file** out) {
  return Make(out, [&]() -> Status {
    if (path == nullptr) return NullArgument("path");
    return Hand(PackedFile::Open(path, verify_checksums != 0), out);
  });
}

size_t lutgemm_file_count(const lutgemm_file* file) {
  return file != nullptr ? file->file.names().size() : 0;
}

const char* lutgemm_file_name(const lutgemm_file* file, size_t index) {
  return index < lutgemm_file_count(file) ? file->file.names()[index].c_str() : nullptr;
}

lutgemm_status lutgemm_file_get(const lutgemm_file* file, const char* name, lutgemm_packed** out) {
  return Make(out, [&]() -> Status {
    if (file == nullptr) return NullArgument("file");
    if (name == nullptr) return NullArgument("name");
    return Hand(file->file.Get(name), out);
  });
}

lutgemm_status lutgemm_file_checkpoint(const lutgemm_file* file, lutgemm_checkpoint** out) {
  return Make(out, [&]() -> Status {
    if (file == nullptr) return NullArgument("file");
    *out = new lutgemm_checkpoint{file->file.file()};
    return {};
  });
}

void lutgemm_file_free(lutgemm_file* file) { delete file; }
