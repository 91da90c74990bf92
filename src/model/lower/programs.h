// The two programs of a compiled product.
#ifndef LUTGEMM_MODEL_LOWER_PROGRAMS_H_
#define LUTGEMM_MODEL_LOWER_PROGRAMS_H_

#include "model/lower/gemm.h"

namespace lutgemm::model::lower {

// Both read what CompileGemm decided; the text of a failure names the instruction.
Result<std::vector<uint64_t>> EmitPrecompute(const CompiledGemm& gemm);
Result<std::vector<uint64_t>> EmitLookup(const CompiledGemm& gemm);

}  // namespace lutgemm::model::lower

#endif  // LUTGEMM_MODEL_LOWER_PROGRAMS_H_
