// Where the bytes of weights come from: a host may have mapped its file.
#ifndef LUTGEMM_INTEGRATIONS_GGML_SOURCE_H_
#define LUTGEMM_INTEGRATIONS_GGML_SOURCE_H_

#include <cstddef>

namespace lutgemm_ggml {

// Takes pages of a file that is mapped shared and for reading only out of the process, which has
// them again as soon as it reads them: what was packed is in memory once, not twice, while a model
// is loaded. Leaves all other memory as it is. Whether there was such a mapping.
bool LeavePages(const void* data, size_t bytes);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_SOURCE_H_
