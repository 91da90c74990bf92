// What conventions give the Importer: each finds its weights in an open file.
#ifndef LUTGEMM_IMPORT_IMPORTER_H_
#define LUTGEMM_IMPORT_IMPORTER_H_

#include "import/config.h"

#include <lutgemm/import.hpp>

#include <functional>
#include <string>
#include <vector>

namespace lutgemm::importing {

// What finders look at.
struct Source {
  const TensorFile& file;
  ImportOptions options;
  CheckpointConfig config;  // what lies beside the file
};

// Reads one matrix. The Importer keeps the file open as long as it may be called, so that it can
// hold tensors by pointers.
using ReadWeights = std::function<Result<ImportedWeights>(Threads* threads)>;

struct Found {
  ImportableWeights weights;  // `convention` is filled in by the caller of the finder
  // Where there is a refusal: empty, or what fails with it and the fitting code.
  ReadWeights read;
};

// Appends the weights that follow the convention, in file order, those that cannot be imported
// included. An error means that the file cannot be read at all.
using FindWeights = Status (*)(const Source& source, std::vector<Found>* found);

Status FindGguf(const Source& source, std::vector<Found>* found);
Status FindGptq(const Source& source, std::vector<Found>* found);    // version 1: zeros minus one
Status FindGptqV2(const Source& source, std::vector<Found>* found);  // zeros as they are
Status FindAwq(const Source& source, std::vector<Found>* found);
Status FindBitnet(const Source& source, std::vector<Found>* found);
Status FindCompressedTensors(const Source& source, std::vector<Found>* found);
Status FindMxfp4(const Source& source, std::vector<Found>* found);
Status FindBitsandbytes(const Source& source, std::vector<Found>* found);

}  // namespace lutgemm::importing

#endif  // LUTGEMM_IMPORT_IMPORTER_H_
