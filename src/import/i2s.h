// I2_S of bitnet.cpp: ternary codes of a whole tensor as pairs of bits, then its f32 scale.
#ifndef LUTGEMM_IMPORT_I2S_H_
#define LUTGEMM_IMPORT_I2S_H_

#include <lutgemm/import.hpp>

namespace lutgemm::importing {

// kUnsupportedFormat for an order that is not known, kBadShape for a tensor that is no matrix of
// whole blocks.
Result<WeightInfo> I2sInfo(const FileTensor& tensor, I2sOrder order);
// kCorruptFile for a pair that is no code, kNotFinite for such a scale.
Result<QuantizedMatrix> ReadI2s(const FileTensor& tensor, I2sOrder order, Threads* threads);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_I2S_H_
