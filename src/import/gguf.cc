// Quantised weights of GGUF files.
#include "import/importer.h"

namespace lutgemm::importing {

Status FindGguf(const Source&, std::vector<Found>*) { return {}; }

}  // namespace lutgemm::importing
