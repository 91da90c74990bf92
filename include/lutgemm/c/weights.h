/* Packed weights: one blob in a numbered, versioned layout, which every CPU and any number of
 * threads reads as it is. */
#ifndef LUTGEMM_C_WEIGHTS_H_
#define LUTGEMM_C_WEIGHTS_H_

#include <lutgemm/c/threads.h>
#include <lutgemm/c/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lutgemm_packed lutgemm_packed;

/* All about packed weights but their bytes. */
typedef struct lutgemm_weight_info {
  uint32_t struct_size;
  uint32_t format;
  uint32_t group;
  uint32_t zero;
  uint32_t scale;
  uint32_t layout;         /* never DEFAULT once packed */
  uint32_t layout_version; /* a blob of another version is refused */
  size_t n;
  size_t k;
  uint32_t super_group; /* see lutgemm_codes; 0: none */
  uint32_t factor;
} lutgemm_weight_info;
#define LUTGEMM_WEIGHT_INFO_INIT                                                    \
  {                                                                                 \
    sizeof(lutgemm_weight_info), LUTGEMM_INT4, 128, LUTGEMM_ZERO_NONE, LUTGEMM_F16, \
        LUTGEMM_LAYOUT_DEFAULT, 0, 0, 0, 0, LUTGEMM_F32                             \
  }

/* Fills *info, whose struct_size the caller has set. */
LUTGEMM_API lutgemm_status lutgemm_packed_info(const lutgemm_packed* packed,
                                               lutgemm_weight_info* info);

/* The packed bytes, to store wherever the caller likes; they live as long as the handle and every
 * plan made of it, or are the caller's own where those were given. `bytes` (may be null) receives
 * their number. */
LUTGEMM_API const void* lutgemm_packed_blob(const lutgemm_packed* packed, size_t* bytes);

/* All stored bits, scales and padding included, per weight. */
LUTGEMM_API double lutgemm_packed_bits_per_weight(const lutgemm_packed* packed);

/* Largest stored zero point of ZERO_INTEGER; 0 for other kinds. */
LUTGEMM_API uint32_t lutgemm_packed_largest_zero(const lutgemm_packed* packed);

/* Weights in a blob that lies in the caller's memory, 64-byte aligned, used in place: it must
 * outlive the handle and every plan made of it, and stay as it is. */
LUTGEMM_API lutgemm_status lutgemm_packed_from_blob(const lutgemm_weight_info* info,
                                                    const void* blob, size_t bytes,
                                                    lutgemm_packed** out);

/* Size of the blob that such weights have; 0 where format and layout do not combine. */
LUTGEMM_API size_t lutgemm_packed_bytes(const lutgemm_weight_info* info);

/* The layout that DEFAULT means for such weights; 0 for an info that is none. The current version
 * of a layout; 0 for DEFAULT and any number that is no layout. */
LUTGEMM_API uint32_t lutgemm_default_layout(const lutgemm_weight_info* info);
LUTGEMM_API uint32_t lutgemm_layout_version(uint32_t layout);

/* Super-groups along K of one row, 1 without them. Groups along K of one row, 1 for WHOLE_ROW and
 * WHOLE_TENSOR; the first k of a group, and one past its last. 0 for an info that is none or a
 * group past the last. */
LUTGEMM_API size_t lutgemm_super_groups(const lutgemm_weight_info* info);
LUTGEMM_API size_t lutgemm_groups(const lutgemm_weight_info* info);
LUTGEMM_API size_t lutgemm_group_begin(const lutgemm_weight_info* info, size_t group);
LUTGEMM_API size_t lutgemm_group_end(const lutgemm_weight_info* info, size_t group);

/* Rows [row, row + count) of the weights as f32, count * k elements: token embeddings, tied
 * outputs. Each value is what the formats in types.h say, computed in double and rounded once, to
 * nearest even (docs/formats.md). Allocates nothing; `threads` may be null. `out` must not lie
 * within the blob. All codes and scales at once: lutgemm_unpack in codes.h. */
LUTGEMM_API lutgemm_status lutgemm_unpack_rows(const lutgemm_packed* packed, size_t row,
                                               size_t count, float* out, lutgemm_threads* threads);

LUTGEMM_API void lutgemm_packed_free(lutgemm_packed* packed);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_WEIGHTS_H_ */
