#include "tools/console/report.h"

#include "base/names.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace lutgemm::tools {
namespace {

constexpr auto kQuietTime = std::chrono::seconds(1);
constexpr auto kRedrawTime = std::chrono::milliseconds(100);
constexpr size_t kBarWidth = 30;

int Complain(std::string_view text, int exit_code) {
  std::fflush(stdout);
  fmt::print(stderr, "lutgemm: {}\n", text);
  return exit_code;
}

int Report(const Status& status, int exit_code) {
  const bool machine = status.code() == Code::kOutOfMemory || status.code() == Code::kInternal;
  const std::string text = status.text().empty() ? CodeName(status.code()) : status.text();
  return Complain(text, machine ? kExitFailed : exit_code);
}

}  // namespace

int UsageError(std::string_view text) { return Complain(text, kExitUsage); }
int InputError(std::string_view text) { return Complain(text, kExitInput); }
int CheckFailed(std::string_view text) { return Complain(text, kExitFailed); }
void Note(std::string_view text) { Complain(text, kExitOk); }

int OptionsFailed(const Status& status) { return Report(status, kExitUsage); }
int FileFailed(const Status& status) { return Report(status, kExitInput); }

std::string Printable(std::string_view text) {
  constexpr size_t kLongestCodePoint = 4;
  std::string printable;
  while (!text.empty()) {
    size_t length = 1;
    while (length < kLongestCodePoint && !base::IsPlainText(text.substr(0, length))) ++length;
    if (base::IsPlainText(text.substr(0, length))) {
      printable += text.substr(0, length);
    } else {
      length = 1;
      printable += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    }
    text.remove_prefix(length);
  }
  return printable;
}

void PrintJson(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

Table::Table(std::vector<std::string> headers) : headers_(std::move(headers)) {
  for (std::string& header : headers_) {
    const bool marked = header.starts_with('<');
    left_.push_back(marked || left_.empty());
    if (marked) header.erase(0, 1);
  }
}

void Table::Add(std::vector<std::string> row) {
  row.resize(headers_.size());
  for (std::string& cell : row) cell = Printable(cell);
  rows_.push_back(std::move(row));
}

void Table::Print() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < headers_.size(); ++c) {
    widths.push_back(headers_[c].size());
    for (const auto& row : rows_) widths[c] = std::max(widths[c], row[c].size());
  }
  const auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      if (c > 0) line += "  ";
      line += left_[c] ? fmt::format("{:<{}}", row[c], widths[c])
                       : fmt::format("{:>{}}", row[c], widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print_row(headers_);
  for (const auto& row : rows_) print_row(row);
}

Progress::Progress(std::string label, uint64_t total)
    : label_(std::move(label)),
      total_(std::max<uint64_t>(total, 1)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

void Progress::Update(uint64_t done, std::string_view what) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - start_ < kQuietTime || (shown_ && now - last_ < kRedrawTime)) return;
  last_ = now;
  shown_ = true;
  const uint64_t part = std::min(done, total_);
  const size_t full = static_cast<size_t>(double(part) / double(total_) * kBarWidth);
  fmt::print(stderr, "\r\x1b[K{} [{}{}] {:3.0f} %  {}", label_, std::string(full, '#'),
             std::string(kBarWidth - full, '.'), 100.0 * double(part) / double(total_),
             Printable(what.substr(0, 40)));
  std::fflush(stderr);
}

std::string ShapeText(const std::vector<uint64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string ShortBytes(uint64_t bytes) {
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = double(bytes) / 1024.0;
  size_t unit = 0;
  for (; value >= 1024.0 && unit + 1 < std::size(units); ++unit) value /= 1024.0;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string BytesText(uint64_t bytes) {
  return bytes < 1024 ? fmt::format("{} bytes", bytes)
                      : fmt::format("{} ({} bytes)", ShortBytes(bytes), bytes);
}

std::string NumberText(double value, int digits) {
  const double size = std::abs(value);
  if (!std::isfinite(value) || (size < 1e15 && std::trunc(value) == value)) {
    return fmt::format("{:.0f}", value);
  }
  if (size < 1e-4 || size >= 1e15) return fmt::format("{:.{}e}", value, digits - 1);
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;
  return fmt::format("{:.{}f}", value, std::max(digits - before, 0));
}

std::string ErrorText(double nmse) {
  return std::isnan(nmse) ? "none" : fmt::format("{:.2e}", nmse);
}

Json GroupJson(uint32_t group) {
  if (group == kWholeRow || group == kWholeTensor) return GroupText(group);
  return group;
}

}  // namespace lutgemm::tools
