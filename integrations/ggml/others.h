// Operations that are not done here, run by the host's processor back end on memory of this device.
#ifndef LUTGEMM_INTEGRATIONS_GGML_OTHERS_H_
#define LUTGEMM_INTEGRATIONS_GGML_OTHERS_H_

#include "ggml/abi.h"

#include <cstddef>

namespace lutgemm_ggml {

// Servers of RPC hand a device whole graphs without asking what it supports.
class Others {
 public:
  Others() = default;
  ~Others();
  Others(const Others&) = delete;
  Others& operator=(const Others&) = delete;

  // Computes nodes [begin, end) of the graph. False, after a line to the error stream, where the
  // host has no processor back end or it fails.
  bool Run(Graph* graph, int begin, int end, size_t threads);

 private:
  Backend* processor_ = nullptr;  // made by the first run
};

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_OTHERS_H_
