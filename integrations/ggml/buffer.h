// The memory of weights: a buffer type of the device's own, which the host may not look into.
#ifndef LUTGEMM_INTEGRATIONS_GGML_BUFFER_H_
#define LUTGEMM_INTEGRATIONS_GGML_BUFFER_H_

#include "ggml/abi.h"
#include "ggml/weights.h"

namespace lutgemm_ggml {

extern const char kDeviceName[];

// Makes the buffer type for an interface version; before anything else here.
void InitBufferType(int api_version, Device* device);
BufferType* OurBufferType();

// Whether the tensor is, or will be, in a buffer of this type.
bool IsOurs(const Tensor& tensor);
// Whether that buffer has memory; hosts ask about weights that have none yet with an empty one.
bool HasMemory(const Tensor& tensor);
// Whether it is one whose blocks can be packed, as they lie: whole and one after the other.
bool CanPack(const Tensor& tensor);
// Its weights; null where there are none.
Weights* FindWeights(const Tensor& tensor);

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_BUFFER_H_
