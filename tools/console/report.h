// How commands speak: tables and JSON on stdout, errors and progress on stderr.
#ifndef LUTGEMM_TOOLS_CONSOLE_REPORT_H_
#define LUTGEMM_TOOLS_CONSOLE_REPORT_H_

#include "format/group_text.h"

#include <lutgemm/types.hpp>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lutgemm::tools {

// Keys in the order of writing.
using Json = nlohmann::ordered_json;

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // a check failed, or the machine could not do it
inline constexpr int kExitUsage = 2;   // the command line is wrong
inline constexpr int kExitInput = 3;   // an input file is missing or bad

// Print one error line to stderr and return the exit code for it.
int UsageError(std::string_view text);
int InputError(std::string_view text);
int CheckFailed(std::string_view text);
// The library refused what the command line asked for; out of memory and bugs fail instead.
int OptionsFailed(const Status& status);
// A file cannot be read or written, or holds what it should not; likewise.
int FileFailed(const Status& status);
// One line to stderr that changes no exit code.
void Note(std::string_view text);

// `text` with control characters and what is not UTF-8 as \xNN: fit for a terminal.
std::string Printable(std::string_view text);

// One JSON document to stdout. Text that is not UTF-8 is repaired, NaN and infinity become null.
void PrintJson(const Json& json);

// Columns as wide as their content, which is made printable; the first to the left, others to the
// right unless their header begins with '<'.
class Table {
 public:
  explicit Table(std::vector<std::string> headers);
  void Add(std::vector<std::string> row);
  void Print() const;

 private:
  std::vector<std::string> headers_;
  std::vector<bool> left_;
  std::vector<std::vector<std::string>> rows_;
};

// A bar on stderr, only on a terminal and only once the work has taken a second.
class Progress {
 public:
  Progress(std::string label, uint64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of the total units are finished; `what` is worked on now.
  void Update(uint64_t done, std::string_view what);

 private:
  std::string label_;
  uint64_t total_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

// "4096 x 11008", "1.5 MiB (1572864 bytes)", "1.5 MiB", "3.21e-05"; an error that is no number is
// "none".
std::string ShapeText(const std::vector<uint64_t>& shape);
std::string BytesText(uint64_t bytes);
std::string ShortBytes(uint64_t bytes);
std::string ErrorText(double nmse);

// At least `digits` significant digits, so that small figures do not become 0: "1234568", "12.35",
// "0.001235", "1.235e-07"; a whole number as one.
std::string NumberText(double value, int digits = 4);

// "row", "tensor" or the number of weights; in JSON a number stays a number.
using format::GroupText;
Json GroupJson(uint32_t group);

}  // namespace lutgemm::tools

#endif  // LUTGEMM_TOOLS_CONSOLE_REPORT_H_
