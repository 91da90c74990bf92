// How commands read quantised checkpoints: --convention, --i2s-order, --bitnet-scale.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_IMPORT_OPTIONS_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_IMPORT_OPTIONS_H_

#include <lutgemm/import.hpp>

#include <CLI/CLI.hpp>

#include <string>

namespace lutgemm::tools {

void AddImportOptions(CLI::App& command, ImportOptions& options);

// Importer::Open; errors begin with the path, and say which option chooses where one does.
Result<Importer> OpenImporter(const TensorFile& file, const ImportOptions& options);

// A refusal or an error of the importer's in the words of the command line: its options instead of
// the library's.
std::string InOptions(std::string text);
// With the file in front, where the text does not begin with it, as the importer's do.
Status InFile(const std::string& path, const Status& status);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_IMPORT_OPTIONS_H_
