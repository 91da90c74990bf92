/* A matrix of attention keys or values that grows by rows and holds them as block floating point:
 * m-bit integers in blocks of n channels that share an 8-bit power of two, m + 8 / n bits per
 * element. Products are taken straight from the blocks.
 *
 *   keys     scores[t] = sum over the head's channels of query * key[t]
 *   values   out[c]    = sum over tokens of probability[t] * value[t][c] */
#ifndef LUTGEMM_C_ATTENTION_H_
#define LUTGEMM_C_ATTENTION_H_

#include <lutgemm/c/status.h>
#include <lutgemm/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lutgemm_kv_cache lutgemm_kv_cache;

typedef struct lutgemm_kv_cache_spec {
  uint32_t struct_size;
  uint32_t bits;         /* m, sign included: 3 to 8 */
  uint32_t block;        /* n: 16, 32, 64 or 128 channels; a head's last block may be shorter */
  size_t heads;          /* key heads, at least 1 */
  size_t head_dim;       /* channels of a head, at least 1 */
  size_t capacity;       /* most rows (tokens), at least 1 */
  const uint32_t* order; /* of the heads * head_dim channels (order.h), copied; null: none. One that
                            keeps heads apart has blocks per head, one that crosses heads has blocks
                            over all channels, and products then read every block that holds a
                            channel of the head */
} lutgemm_kv_cache_spec;
#define LUTGEMM_KV_CACHE_SPEC_INIT \
  { sizeof(lutgemm_kv_cache_spec), 4, 32, 1, 64, 0, NULL }

/* A cache of no rows. BAD_ARGUMENT or BAD_SHAPE on a spec outside its ranges. No other call of a
 * cache allocates. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_create(const lutgemm_kv_cache_spec* spec,
                                                   lutgemm_kv_cache** out);
LUTGEMM_API void lutgemm_kv_cache_free(lutgemm_kv_cache* cache);

/* Fills *spec, whose struct_size the caller has set; `order` lives as long as the cache. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_get_spec(const lutgemm_kv_cache* cache,
                                                     lutgemm_kv_cache_spec* spec);

/* Values of a row, heads * head_dim; rows that were appended; bytes of one row and stored bits per
 * element, padding of short blocks included. */
LUTGEMM_API size_t lutgemm_kv_cache_channels(const lutgemm_kv_cache* cache);
LUTGEMM_API size_t lutgemm_kv_cache_tokens(const lutgemm_kv_cache* cache);
LUTGEMM_API size_t lutgemm_kv_cache_token_bytes(const lutgemm_kv_cache* cache);
LUTGEMM_API double lutgemm_kv_cache_bits_per_element(const lutgemm_kv_cache* cache);

/* Appends `tokens` rows of lutgemm_kv_cache_channels values. Every row is quantised alone. A block
 * with NaN or infinity reads as NaN. BAD_SHAPE where there is no room for as many. Reading is safe
 * from many threads at once, also of rows that were appended before; appending is not. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_append(lutgemm_kv_cache* cache, const float* rows,
                                                   size_t tokens);

/* Forgets the rows from `tokens` on. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_truncate(lutgemm_kv_cache* cache, size_t tokens);

/* Scores of the first `tokens` rows, as many floats. `query` has head_dim values. Query channels
 * come in their own order, whatever the cache's. BAD_SHAPE where head or tokens are out of range.
 */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_scores(const lutgemm_kv_cache* cache, size_t head,
                                                   const float* query, size_t tokens,
                                                   float* scores);

/* The sum of the first `tokens` rows, weighted by as many probabilities; `out` has head_dim
 * values. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_weighted_sum(const lutgemm_kv_cache* cache, size_t head,
                                                         const float* probabilities, size_t tokens,
                                                         float* out);

/* A token's row as it is stored, lutgemm_kv_cache_channels values in the order of the appended
 * row's. */
LUTGEMM_API lutgemm_status lutgemm_kv_cache_row(const lutgemm_kv_cache* cache, size_t token,
                                                float* out);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_ATTENTION_H_ */
