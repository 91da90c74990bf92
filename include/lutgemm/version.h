/* The version of these headers, which the build reads from here, and of the library that runs.
 * Valid in C99 and C++20. */
#ifndef LUTGEMM_VERSION_H_
#define LUTGEMM_VERSION_H_

#include <lutgemm/export.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LUTGEMM_VERSION_MAJOR 0
#define LUTGEMM_VERSION_MINOR 1
#define LUTGEMM_VERSION_PATCH 0

#define LUTGEMM_VERSION_TEXT_(number) #number
#define LUTGEMM_VERSION_DOTS_(major, minor, patch) \
  LUTGEMM_VERSION_TEXT_(major) "." LUTGEMM_VERSION_TEXT_(minor) "." LUTGEMM_VERSION_TEXT_(patch)

/* "major.minor.patch", and a number that grows with it, for comparisons in #if. */
#define LUTGEMM_VERSION \
  LUTGEMM_VERSION_DOTS_(LUTGEMM_VERSION_MAJOR, LUTGEMM_VERSION_MINOR, LUTGEMM_VERSION_PATCH)
#define LUTGEMM_VERSION_NUMBER \
  (LUTGEMM_VERSION_MAJOR * 1000000 + LUTGEMM_VERSION_MINOR * 1000 + LUTGEMM_VERSION_PATCH)

/* LUTGEMM_VERSION of the library that runs, which may be later than that of the headers a program
 * was compiled with. */
LUTGEMM_API const char* lutgemm_version(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_VERSION_H_ */
