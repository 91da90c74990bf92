/* lutgemm's C interface: everything that an engine or another language needs, in C99. This header
 * includes all of it; the parts lie in lutgemm/c/.
 *
 * O[M,N] = A[M,K] x W[N,K]^T, with low-bit weights W and wider activations A. M = tokens (rows of
 * activations), N = output features (rows of weights), K = the summed dimension, contiguous in A
 * and in W.
 *
 *   weights of a matrix  --lutgemm_pack-->  lutgemm_packed  --lutgemm_plan_create-->  lutgemm_plan
 *   activations          --lutgemm_run(plan)-->  outputs
 *
 * Conventions
 * - A call that can fail returns lutgemm_status, 0 for success; lutgemm_last_error() then says what
 *   was wrong, where, and what would be right. A call that makes something stores it through its
 *   last argument, or a null pointer on failure.
 * - A null pointer where it is not allowed is LUTGEMM_BAD_ARGUMENT, and the text names the
 *   argument. Calls that cannot fail answer 0, or a null pointer, for a null handle.
 * - Handles are made by lutgemm_*_create, _open, _pack... and freed by the matching _free, which
 *   takes a null pointer as well. A plan keeps its weights alive, weights keep their file alive: a
 *   handle may be freed as soon as it is no longer passed to calls.
 * - Packed weights, codes, plans, checkpoints and files never change: any number of threads may use
 *   one at once.
 * - Structs begin with struct_size, which holds their sizeof as the caller compiled it, so that
 *   they can grow: what a caller of an earlier header does not have counts as zero, which means
 *   what it meant before. A size that the struct has had in no header is BAD_ARGUMENT. Start from
 *   the *_INIT macro of a struct; it sets the defaults.
 * - Memory for results is the caller's, of the size that the call names, and must not overlap what
 *   the call reads. After a failure it holds anything.
 * - The library never prints, aborts, or lets a C++ exception out, and starts no thread except in
 *   lutgemm_threads_create. Where memory runs out a call returns LUTGEMM_OUT_OF_MEMORY; only in a
 *   library that dlopen loaded, a thread's first such call may end in the C library, which has no
 *   room for that thread's exceptions.
 * - Results do not depend on the calling thread's floating-point mode (rounding, flush to zero,
 *   traps), which is as before after a call. */
#ifndef LUTGEMM_LUTGEMM_H_
#define LUTGEMM_LUTGEMM_H_

#include <lutgemm/c/attention.h>
#include <lutgemm/c/codebook.h>
#include <lutgemm/c/experts.h>
#include <lutgemm/c/files.h>
#include <lutgemm/c/import.h>
#include <lutgemm/c/machine.h>
#include <lutgemm/c/order.h>
#include <lutgemm/c/plan.h>
#include <lutgemm/c/quantize.h>
#include <lutgemm/c/run.h>
#include <lutgemm/c/status.h>
#include <lutgemm/c/threads.h>
#include <lutgemm/c/types.h>
#include <lutgemm/c/weights.h>
#include <lutgemm/version.h>

#endif /* LUTGEMM_LUTGEMM_H_ */
