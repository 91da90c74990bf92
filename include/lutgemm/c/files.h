/* Files: checkpoints in (safetensors, sharded or not; GGUF of version 2 or 3), packed weights out
 * and in again. Every reader maps the file, checks it before use, and answers malformed input with
 * CORRUPT_FILE. Paths and names are UTF-8 as the system takes them; texts live as long as their
 * handle. */
#ifndef LUTGEMM_C_FILES_H_
#define LUTGEMM_C_FILES_H_

#include <lutgemm/c/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/* What lutgemm_tensor.elem is where the element is none that this library computes with. */
#define LUTGEMM_ELEM_OTHER 0xffffffffu

/* One tensor of an open file. */
typedef struct lutgemm_tensor {
  uint32_t struct_size;
  uint32_t elem; /* F32, F16 or BF16; ELEM_OTHER for every other dtype */
  const char* name;
  const char* dtype;     /* as the file spells it: "F32", "BF16", "U8", "I64", "Q4_0", ... */
  const uint64_t* shape; /* outermost first (GGUF's order reversed) */
  size_t dims;
  const void* data;
  size_t bytes;
} lutgemm_tensor;
#define LUTGEMM_TENSOR_INIT \
  { sizeof(lutgemm_tensor), LUTGEMM_ELEM_OTHER, NULL, NULL, NULL, 0, NULL, 0 }

/* The tensor as a matrix to quantise. UNSUPPORTED_FORMAT for other elements than F32, F16 and BF16,
 * BAD_SHAPE for other than two dimensions or bytes that are not those of its shape. */
LUTGEMM_API lutgemm_status lutgemm_tensor_matrix(const lutgemm_tensor* tensor,
                                                 lutgemm_matrix* matrix);

typedef struct lutgemm_checkpoint lutgemm_checkpoint;

/* Maps .safetensors, .safetensors.index.json (shards beside it) or .gguf (any part of a split
 * model, the others beside it), told apart by content. */
LUTGEMM_API lutgemm_status lutgemm_checkpoint_open(const char* path, lutgemm_checkpoint** out);

/* Tensors in file order, by number or by name: fills *tensor, whose struct_size the caller has set,
 * with what lives as long as the handle. NOT_FOUND. */
LUTGEMM_API size_t lutgemm_checkpoint_count(const lutgemm_checkpoint* checkpoint);
LUTGEMM_API lutgemm_status lutgemm_checkpoint_tensor(const lutgemm_checkpoint* checkpoint,
                                                     size_t index, lutgemm_tensor* tensor);
LUTGEMM_API lutgemm_status lutgemm_checkpoint_find(const lutgemm_checkpoint* checkpoint,
                                                   const char* name, lutgemm_tensor* tensor);

/* The `__metadata__` of safetensors; for GGUF the scalar and string key-values as text. Keys in
 * ascending order, null past the last; the value of a key, null where there is no such key. */
LUTGEMM_API size_t lutgemm_checkpoint_metadata_count(const lutgemm_checkpoint* checkpoint);
LUTGEMM_API const char* lutgemm_checkpoint_metadata_key(const lutgemm_checkpoint* checkpoint,
                                                        size_t index);
LUTGEMM_API const char* lutgemm_checkpoint_metadata_value(const lutgemm_checkpoint* checkpoint,
                                                          const char* key);

/* An array among the key-values of a GGUF file, such as a vocabulary. What it points to lives as
 * long as the handle. */
typedef struct lutgemm_array {
  uint32_t struct_size;
  const char* key;
  const char* type; /* of its elements: "string", "bool", "u8" to "i64", "f32", "f64" */
  size_t size;      /* elements */
  const void* data; /* as the file stores them */
  size_t bytes;
} lutgemm_array;
#define LUTGEMM_ARRAY_INIT \
  { sizeof(lutgemm_array), NULL, NULL, 0, NULL, 0 }

/* Fills *array, whose struct_size the caller has set. NOT_FOUND. */
LUTGEMM_API lutgemm_status lutgemm_checkpoint_array(const lutgemm_checkpoint* checkpoint,
                                                    const char* key, lutgemm_array* array);

/* All elements into memory for array.size of them: strings, which do not end with a zero and may be
 * no UTF-8, with their lengths in bytes; integers, a bool as 0 or 1; numbers of any type.
 * UNSUPPORTED_FORMAT where the elements are of another kind, or an integer is above 2^63 - 1;
 * CORRUPT_FILE where the bytes are not `size` elements. */
LUTGEMM_API lutgemm_status lutgemm_array_strings(const lutgemm_array* array, const char** texts,
                                                 size_t* lengths);
LUTGEMM_API lutgemm_status lutgemm_array_integers(const lutgemm_array* array, int64_t* values);
LUTGEMM_API lutgemm_status lutgemm_array_numbers(const lutgemm_array* array, double* values);

/* "safetensors" or "gguf"; the files that hold the tensors, one or all shards or parts, null past
 * the last; non-zero where the file is one that a writer made, which lutgemm_file_open takes. */
LUTGEMM_API const char* lutgemm_checkpoint_container(const lutgemm_checkpoint* checkpoint);
LUTGEMM_API size_t lutgemm_checkpoint_path_count(const lutgemm_checkpoint* checkpoint);
LUTGEMM_API const char* lutgemm_checkpoint_path(const lutgemm_checkpoint* checkpoint, size_t index);
LUTGEMM_API int lutgemm_checkpoint_is_packed(const lutgemm_checkpoint* checkpoint);

LUTGEMM_API void lutgemm_checkpoint_free(lutgemm_checkpoint* checkpoint);

/* ---- Files of packed weights ----------------------------------------------------------------- */

typedef struct lutgemm_file lutgemm_file;

/* Maps a file written by lutgemm_writer_write or `lutgemm repack` and checks its header's checksum.
 * verify_checksums non-zero: reads every byte once and refuses a file with damage anywhere. */
LUTGEMM_API lutgemm_status lutgemm_file_open(const char* path, int verify_checksums,
                                             lutgemm_file** out);

/* Packed tensors in file order; a null name for an index past the last. */
LUTGEMM_API size_t lutgemm_file_count(const lutgemm_file* file);
LUTGEMM_API const char* lutgemm_file_name(const lutgemm_file* file, size_t index);

/* A tensor by name, used in place; the mapping lives as long as anything uses it. */
LUTGEMM_API lutgemm_status lutgemm_file_get(const lutgemm_file* file, const char* name,
                                            lutgemm_packed** out);

/* The whole file as a checkpoint, with tensors that were passed through. A handle of its own, which
 * keeps the mapping alive. */
LUTGEMM_API lutgemm_status lutgemm_file_checkpoint(const lutgemm_file* file,
                                                   lutgemm_checkpoint** out);

LUTGEMM_API void lutgemm_file_free(lutgemm_file* file);

/* ---- Writing --------------------------------------------------------------------------------- */

/* Collects tensors, then writes them in one go: packed tensors first, each 64-byte aligned, then
 * tensors passed through as they are; all of it is covered by checksums. One thread at a time may
 * use a writer. */
typedef struct lutgemm_writer lutgemm_writer;

LUTGEMM_API lutgemm_status lutgemm_writer_create(lutgemm_writer** out);

/* The writer keeps the weights alive. BAD_ARGUMENT for a name that it has already, or that is not
 * UTF-8 without control characters. */
LUTGEMM_API lutgemm_status lutgemm_writer_add_packed(lutgemm_writer* writer, const char* name,
                                                     const lutgemm_packed* packed);

/* The tensor's bytes are read again by lutgemm_writer_write, and must stay until it returns; name,
 * dtype and shape are copied. dtype is one of safetensors' (docs/files.md); `elem` is not read. */
LUTGEMM_API lutgemm_status lutgemm_writer_add_tensor(lutgemm_writer* writer,
                                                     const lutgemm_tensor* tensor);

LUTGEMM_API lutgemm_status lutgemm_writer_set_metadata(lutgemm_writer* writer, const char* key,
                                                       const char* value);

/* Bytes of the file that lutgemm_writer_write would make of what was added so far. */
LUTGEMM_API uint64_t lutgemm_writer_file_bytes(const lutgemm_writer* writer);

/* Before hours of work: makes the file that lutgemm_writer_write with the same arguments will fill,
 * with room for `bytes`, so that a missing folder, a full disk or a name that cannot be written is
 * found now. Fails as writing does. Nothing appears under the name, and nothing stays without
 * writing. */
LUTGEMM_API lutgemm_status lutgemm_writer_reserve(lutgemm_writer* writer, const char* path,
                                                  int overwrite, uint64_t bytes);

/* The file appears under its name only when complete (written aside, fsync, then named). EXISTS
 * where there is one and `overwrite` is 0; a file that is replaced hands on its permissions, a link
 * to a file stays and the file is replaced; directories, devices, pipes, links to nothing and names
 * in /proc are refused. IO. */
LUTGEMM_API lutgemm_status lutgemm_writer_write(const lutgemm_writer* writer, const char* path,
                                                int overwrite);

LUTGEMM_API void lutgemm_writer_free(lutgemm_writer* writer);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_FILES_H_ */
