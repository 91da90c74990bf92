/* Channel order: sorts channels by norm, so that those which share a block of BFP are of like
 * magnitude. Done once, on matrices, before they are quantised; where producer and consumer of the
 * channels are permuted alike, nothing is left to do at run time.
 *
 *   y = W x                 columns of W by an order, and rows of whatever produces x by the same
 *   scores = (Wq x)(Wk x)^T rows of Wk by an order within each head, rows of Wq by the same
 *   RoPE                    both members of a rotary pair move together, with their frequency
 *
 * An order of `count` channels is `count` numbers, each of 0 to count - 1 once: position i takes
 * channel order[i]. BAD_ARGUMENT where it is not, and count is at most 2^32 - 1. */
#ifndef LUTGEMM_C_ORDER_H_
#define LUTGEMM_C_ORDER_H_

#include <lutgemm/c/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Channels that must stay neighbours in pairs because rotary position embedding turns them into
 * each other: channels j and j + head / 2 are a pair of frequency j. SPLIT: the pair stays half a
 * head apart, the order is the same in both halves. INTERLEAVED: the pair comes to positions 2r and
 * 2r + 1, and the rotation must pair neighbours from then on. */
enum { LUTGEMM_PAIRS_NONE = 0, LUTGEMM_PAIRS_SPLIT = 1, LUTGEMM_PAIRS_INTERLEAVED = 2 };

typedef struct lutgemm_order_spec {
  uint32_t struct_size;
  uint32_t pairs; /* other than PAIRS_NONE need an even `head` */
  size_t head;    /* channels that stay among themselves: those of one head; 0 = all */
} lutgemm_order_spec;
#define LUTGEMM_ORDER_SPEC_INIT \
  { sizeof(lutgemm_order_spec), LUTGEMM_PAIRS_NONE, 0 }

/* Keys of the channels that a weight produces (its rows) or consumes (its columns): sums of
 * squares, matrix->rows or matrix->cols of them. NOT_FINITE. */
LUTGEMM_API lutgemm_status lutgemm_row_keys(const lutgemm_matrix* matrix, double* keys);
LUTGEMM_API lutgemm_status lutgemm_column_keys(const lutgemm_matrix* matrix, double* keys);

/* Channels in descending order of their keys, equal ones in their old order; the key of a pair is
 * the sum of both. `order` has room for `count`, which is below 2^32. BAD_ARGUMENT where it is not,
 * where spec->head does not divide count, or is odd or 0 for pairs; NOT_FINITE. */
LUTGEMM_API lutgemm_status lutgemm_order_by_keys(const double* keys, size_t count,
                                                 const lutgemm_order_spec* spec, uint32_t* order);

/* Whether `order` is one. */
LUTGEMM_API lutgemm_status lutgemm_order_validate(const uint32_t* order, size_t count);

/* The inverse order, of `count` as well: applied after `order`, everything is where it was. */
LUTGEMM_API lutgemm_status lutgemm_order_inverse(const uint32_t* order, size_t count,
                                                 uint32_t* inverse);

/* An order of key channels, and the shape of the queries that meet them. */
typedef struct lutgemm_query_heads {
  uint32_t struct_size;
  const uint32_t* order; /* of key channels */
  size_t count;          /* key channels: a multiple of head */
  size_t head;           /* channels of a head */
  size_t query_heads;    /* a multiple of the key heads */
} lutgemm_query_heads;
#define LUTGEMM_QUERY_HEADS_INIT \
  { sizeof(lutgemm_query_heads), NULL, 0, 0, 0 }

/* The order of query channels for one of key channels where several query heads share a key head:
 * each query head is ordered as its key head. `order` has room for query_heads * head.
 * BAD_ARGUMENT where heads do not divide or the order crosses heads. */
LUTGEMM_API lutgemm_status lutgemm_order_for_queries(const lutgemm_query_heads* heads,
                                                     uint32_t* order);

/* The frequency, 0 to head / 2 - 1, of the pair that stands at each place: count / 2 of them,
 * [count / head][head / 2]. For SPLIT the pair at r and r + head / 2, for INTERLEAVED that at 2r
 * and 2r + 1. BAD_ARGUMENT where the order splits pairs, or for PAIRS_NONE, which has none. */
LUTGEMM_API lutgemm_status lutgemm_order_pair_frequencies(const uint32_t* order, size_t count,
                                                          const lutgemm_order_spec* spec,
                                                          uint32_t* frequencies);

/* The matrix with its rows, columns or both in an order of as many channels (null: as they are), in
 * the elements of the source, without gaps between rows: rows * cols elements. */
LUTGEMM_API lutgemm_status lutgemm_permute(const lutgemm_matrix* matrix, const uint32_t* row_order,
                                           const uint32_t* column_order, void* out);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_ORDER_H_ */
