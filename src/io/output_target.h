// Where an output file may go: what its name leads to, or why nothing is written there.
#ifndef LUTGEMM_IO_OUTPUT_TARGET_H_
#define LUTGEMM_IO_OUTPUT_TARGET_H_

#include <lutgemm/status.hpp>

#include <string>

namespace lutgemm::io {

// "." for a name without a slash.
std::string DirectoryOf(const std::string& path);

// kExists with the path.
Status Exists(const std::string& path);

// The name to create or to replace for an output called `path`: the file that a link leads to, else
// the path itself in its real directory. Links stay links. kExists for a regular file unless
// `overwrite`; kBadArgument for directories, devices, pipes and sockets, for links to nothing, for
// names in /proc (open files of processes, as /dev/stdout is), and for the file that this process
// has as its standard output or error; kIo where the directory cannot be used.
Result<std::string> ResolveOutput(const std::string& path, bool overwrite);

}  // namespace lutgemm::io

#endif  // LUTGEMM_IO_OUTPUT_TARGET_H_
