// What the command's standard streams do where they are closed, full or a pipe that nobody reads.
#ifndef LUTGEMM_TOOLS_COMMAND_COMMON_STREAMS_H_
#define LUTGEMM_TOOLS_COMMAND_COMMON_STREAMS_H_

namespace lutgemm::tools {

// Call first, before any file is opened. Fills descriptors 0 to 2 where they are closed, so that no
// file becomes one of them; lets writes past a file size limit and into a broken pipe fail instead
// of ending the process; and makes `stdout` and `stderr` streams on which no write fails, so that
// printing neither throws nor hides the exit code of the work.
void OpenStandardStreams();

// Call where the command line asks for output on stderr, such as a trace: what is lost of it is
// then as bad as what is lost of stdout.
void ReportOnStderr();

// Call last, with the exit code of the work; returns the one to exit with. What could not be
// written to stdout is told on stderr and makes 0 a kExitFailed. A reader that closed its end of a
// pipe had read enough, which is no failure; and nobody could be told what is lost of stderr, so
// that only reports there count.
int CloseStandardStreams(int exit_code);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_COMMAND_COMMON_STREAMS_H_
