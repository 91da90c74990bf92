// What was loaded: a line for each type of weights, where LUTGEMM_GGML_SUMMARY asks for it.
#ifndef LUTGEMM_INTEGRATIONS_GGML_SUMMARY_H_
#define LUTGEMM_INTEGRATIONS_GGML_SUMMARY_H_

#include "ggml/pack.h"

namespace lutgemm_ggml {

// Counts a matrix.
void NotePacked(const BlocksOf& blocks, const Packed& packed);

// Prints what was counted since the last time; nothing where that is nothing.
void SaySummary();

}  // namespace lutgemm_ggml

#endif  // LUTGEMM_INTEGRATIONS_GGML_SUMMARY_H_
