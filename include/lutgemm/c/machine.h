/* What this library and this machine offer. */
#ifndef LUTGEMM_C_MACHINE_H_
#define LUTGEMM_C_MACHINE_H_

#include <lutgemm/c/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One kernel as lutgemm_problem.kernel names it. */
typedef struct lutgemm_kernel_info {
  uint32_t struct_size;
  uint32_t layout;
  uint32_t fast;       /* non-zero: serves mode FAST */
  uint32_t exact;      /* non-zero: serves mode EXACT */
  uint32_t method;     /* lutgemm_method */
  uint32_t regime;     /* lutgemm_regime */
  size_t least_tokens; /* that a plan for it may have */
  size_t most_tokens;  /* likewise; 0: any number */
  const char* name;
  const char* what; /* a line of words */
} lutgemm_kernel_info;
#define LUTGEMM_KERNEL_INFO_INIT \
  { sizeof(lutgemm_kernel_info), 0, 0, 0, 0, 0, 0, 0, NULL, NULL }

/* Fills *info, whose struct_size the caller has set. Texts are constants. */
LUTGEMM_API size_t lutgemm_kernel_count(void);
LUTGEMM_API lutgemm_status lutgemm_kernel(size_t index, lutgemm_kernel_info* info);

/* SIMD targets that this build has and this CPU can run, best first; null past the last. */
LUTGEMM_API size_t lutgemm_target_count(void);
LUTGEMM_API const char* lutgemm_target_name(size_t index);

/* What the library knows about this machine. */
typedef struct lutgemm_cpu_info {
  uint32_t struct_size;
  char name[68]; /* "unknown" where the system does not tell; a longer name is cut */
  size_t cores;  /* that this process may use, CPU quotas included */
  size_t l1d_bytes;
  size_t l2_bytes;
  size_t l3_bytes; /* 0 where there is none */
} lutgemm_cpu_info;
#define LUTGEMM_CPU_INFO_INIT \
  { sizeof(lutgemm_cpu_info), "", 0, 0, 0, 0 }

/* Fills *info, whose struct_size the caller has set. */
LUTGEMM_API lutgemm_status lutgemm_cpu(lutgemm_cpu_info* info);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_MACHINE_H_ */
