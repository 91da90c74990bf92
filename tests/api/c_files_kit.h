// Checkpoints and writers of the C interface, with a small file to write.
#ifndef LUTGEMM_API_C_FILES_KIT_H_
#define LUTGEMM_API_C_FILES_KIT_H_

#include <string>

#include "api/c_kit.h"
#include "support/temp_dir.h"

namespace lutgemm::test {

using CheckpointHandle =
    std::unique_ptr<lutgemm_checkpoint, Freer<lutgemm_checkpoint, lutgemm_checkpoint_free>>;
using WriterHandle = std::unique_ptr<lutgemm_writer, Freer<lutgemm_writer, lutgemm_writer_free>>;

inline const float kBias[6] = {1.0f, -2.0f, 0.5f, 3.0f, 4.0f, 5.0f};
inline const uint64_t kShape[2] = {2, 3};

inline CheckpointHandle MustOpen(const std::string& path) {
  lutgemm_checkpoint* checkpoint = nullptr;
  MustSucceed(lutgemm_checkpoint_open(path.c_str(), &checkpoint));
  return CheckpointHandle(checkpoint);
}

inline WriterHandle NewWriter() {
  lutgemm_writer* writer = nullptr;
  MustSucceed(lutgemm_writer_create(&writer));
  return WriterHandle(writer);
}

inline lutgemm_tensor Bias() {
  lutgemm_tensor tensor = LUTGEMM_TENSOR_INIT;
  tensor.name = "bias";
  tensor.dtype = "F32";
  tensor.shape = kShape;
  tensor.dims = 2;
  tensor.data = kBias;
  tensor.bytes = sizeof kBias;
  return tensor;
}

// Two packed tensors, one passed through, and metadata.
inline WriterHandle SmallWriter() {
  WriterHandle writer = NewWriter();
  const Weights w = RandomWeights(20, 64);
  const lutgemm_tensor bias = Bias();
  MustSucceed(lutgemm_writer_add_tensor(writer.get(), &bias));
  MustSucceed(lutgemm_writer_add_packed(writer.get(), "first", PackC(w, QuantSpec()).get()));
  MustSucceed(lutgemm_writer_add_packed(writer.get(), "second",
                                        PackC(w, DefaultSpec(WeightFormat::kInt1)).get()));
  MustSucceed(lutgemm_writer_set_metadata(writer.get(), "format", "pt"));
  return writer;
}

inline void MustWrite(const std::string& path) {
  MustSucceed(lutgemm_writer_write(SmallWriter().get(), path.c_str(), 0));
}

}  // namespace lutgemm::test

#endif  // LUTGEMM_API_C_FILES_KIT_H_
