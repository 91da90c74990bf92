// A variable of the environment, for as long as a test needs it.
#ifndef LUTGEMM_TESTS_SUPPORT_ENVIRONMENT_H_
#define LUTGEMM_TESTS_SUPPORT_ENVIRONMENT_H_

#include <cstdlib>
#include <optional>
#include <string>

namespace lutgemm::test {

// Programs that are started meanwhile see it as well.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = getenv(name); old != nullptr) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (old_) {
      setenv(name_, old_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace lutgemm::test

#endif  // LUTGEMM_TESTS_SUPPORT_ENVIRONMENT_H_
