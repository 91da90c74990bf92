// BitNet's float weights, which its linear layers round while a model runs.
#ifndef LUTGEMM_IMPORT_BITNET_H_
#define LUTGEMM_IMPORT_BITNET_H_

#include "import/importer.h"

#include <vector>

namespace lutgemm::importing {

// Lists the float matrices that the config says to be rounded online: those named `weight`, but for
// embeddings and modules_to_not_convert, which is lm_head where the config does not say. Does
// nothing for another config.
void FindBitnetOnline(const Source& source, std::vector<Found>* found);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_BITNET_H_
