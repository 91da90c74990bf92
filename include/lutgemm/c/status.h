/* Errors of the C interface: a number, and the text of the calling thread's last failure. */
#ifndef LUTGEMM_C_STATUS_H_
#define LUTGEMM_C_STATUS_H_

#include <lutgemm/export.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of the values below, which never change their meaning. */
typedef int32_t lutgemm_status;

enum {
  LUTGEMM_OK = 0,
  LUTGEMM_BAD_ARGUMENT = 1,       /* a value outside its documented range, a null pointer */
  LUTGEMM_BAD_SHAPE = 2,          /* sizes that do not fit together or overflow */
  LUTGEMM_UNSUPPORTED_FORMAT = 3, /* a format, element type or layout that the call cannot take */
  LUTGEMM_UNSUPPORTED_CPU = 4,    /* a forced target that this CPU cannot run */
  LUTGEMM_NO_KERNEL = 5,          /* a forced kernel that does not exist or cannot serve */
  LUTGEMM_LAYOUT_MISMATCH = 6,    /* activation tables built for another plan */
  LUTGEMM_WORKSPACE_TOO_SMALL = 7,
  LUTGEMM_OUT_OF_MEMORY = 8,
  LUTGEMM_CORRUPT_FILE = 9, /* malformed input file; the text names file, tensor and reason */
  LUTGEMM_NOT_FINITE = 10,  /* NaN or infinity in weights; the text names the index */
  LUTGEMM_OVERFLOW = 11,    /* a scale or an int32 output that could not hold its value */
  LUTGEMM_IO = 12,          /* the operating system refused to open, read or map */
  LUTGEMM_EXISTS = 13,
  LUTGEMM_NOT_FOUND = 14, /* no such tensor */
  LUTGEMM_INTERNAL = 15   /* a bug of this library */
};

/* Short constant name of a status, such as "bad_shape"; "unknown" for any other number. */
LUTGEMM_API const char* lutgemm_status_text(lutgemm_status status);

/* What the latest failed call of the calling thread has to say; "" before the first. The text stays
 * valid until the next failed call of this thread. It has at most 1023 bytes; longer ones lose
 * their middle. */
LUTGEMM_API const char* lutgemm_last_error(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LUTGEMM_C_STATUS_H_ */
