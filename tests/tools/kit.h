// Starts the built command and looks at what it says; makes the small files that it reads.
#ifndef LUTGEMM_TESTS_TOOLS_KIT_H_
#define LUTGEMM_TESTS_TOOLS_KIT_H_

#include "support/random.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace lutgemm::test::tool {

using test::TempDir;

using Json = nlohmann::json;

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct Outcome {
  int code = -1;    // exit code, or -1
  int signal = 0;   // that ended it, or 0
  std::string out;  // stdout
  std::string err;  // stderr
};

// A running command, its output going to files.
class Process {
 public:
  Process(const TempDir& dir, const std::vector<std::string>& arguments)
      : out_(dir / ".stdout"), err_(dir / ".stderr") {
    std::vector<char*> argv{const_cast<char*>(LUTGEMM_COMMAND)};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ != 0) return;
    for (const auto& [path, fd] :
         {std::pair(&out_, STDOUT_FILENO), std::pair(&err_, STDERR_FILENO)}) {
      const int file = open(path->c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
      if (file < 0 || dup2(file, fd) < 0) _exit(126);
    }
    execv(argv[0], argv.data());
    _exit(127);
  }

  void Kill(int signal) const { kill(pid_, signal); }

  Outcome Wait() const {
    int status = 0;
    REQUIRE(waitpid(pid_, &status, 0) == pid_);
    Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                    WIFSIGNALED(status) ? WTERMSIG(status) : 0, ReadText(out_), ReadText(err_)};
    std::filesystem::remove(out_);
    std::filesystem::remove(err_);
    return outcome;
  }

 private:
  std::string out_, err_;
  pid_t pid_ = -1;
};

inline Outcome Run(const TempDir& dir, const std::vector<std::string>& arguments) {
  return Process(dir, arguments).Wait();
}

// Runs with --json: stdout must be one JSON document and nothing else.
inline Json RunJson(const TempDir& dir, std::vector<std::string> arguments, int code = 0) {
  arguments.push_back("--json");
  const Outcome outcome = Run(dir, arguments);
  CAPTURE(outcome.err);
  CHECK(outcome.code == code);
  Json json = Json::parse(outcome.out, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

inline std::set<std::string> Keys(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

inline bool Contains(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// An f32 tensor of a file to be made.
struct Tensor {
  std::string name;
  std::vector<uint64_t> shape;
  std::vector<float> values;
};

inline Tensor RandomTensor(const std::string& name, uint64_t n, uint64_t k, uint64_t seed = 1) {
  Random random(seed);
  return {name, {n, k}, random.Normals(static_cast<size_t>(n * k))};
}

// A safetensors file, written here without the library's help.
inline void WriteSafetensors(const std::string& path, const std::vector<Tensor>& tensors) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const Tensor& tensor : tensors) {
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * 4);
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), 8);
  WriteText(path, bytes + text + data);
}

// A model in miniature: one matrix that is packed by default and three tensors that are not.
inline std::vector<Tensor> SmallModel() {
  return {RandomTensor("layer.0.proj.weight", 48, 100, 1),
          RandomTensor("embed_tokens.weight", 64, 40, 2),
          RandomTensor("tiny.weight", 8, 8, 3),
          {"norm.weight", {40}, std::vector<float>(40, 1.0f)}};
}

}  // namespace lutgemm::test::tool

#endif  // LUTGEMM_TESTS_TOOLS_KIT_H_
