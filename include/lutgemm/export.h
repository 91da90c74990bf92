#ifndef LUTGEMM_EXPORT_H_
#define LUTGEMM_EXPORT_H_

/* Marks what the shared library exports; everything else in it is hidden.
 * Valid in C99 and C++20. */
#if defined(__GNUC__)
#define LUTGEMM_API __attribute__((visibility("default")))
#else
#define LUTGEMM_API
#endif

#endif /* LUTGEMM_EXPORT_H_ */
