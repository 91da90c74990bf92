// The text of a thread's last error. Storage of the thread's own, but not of the kind that the
// loader allocates at its first use and ends the process for if it cannot: that of this library is
// a few bytes which are there from the start (see also in_task in base/pool.cc).
#include "api/c_common.h"

#include <pthread.h>

#include <cstdlib>
#include <string_view>

namespace lutgemm::capi {
namespace {

constexpr size_t kTextBytes = 1024;
constexpr std::string_view kCut = " ... ";  // what stands for the middle of a longer text

// What is said where no memory for a text can be had.
char out_of_memory[] = "out of memory";
char no_text[] = "no memory for the text of this error";

void FreeText(void* text) {
  if (text != out_of_memory && text != no_text) std::free(text);
}

class TextKey {
 public:
  TextKey() noexcept : made_(pthread_key_create(&key_, &FreeText) == 0) {}
  // Other threads may live on after this library is unloaded, and could not call FreeText then.
  ~TextKey() {
    if (made_) pthread_key_delete(key_);
  }
  TextKey(const TextKey&) = delete;
  TextKey& operator=(const TextKey&) = delete;

  char* Get() const noexcept {
    return made_ ? static_cast<char*>(pthread_getspecific(key_)) : nullptr;
  }
  bool Set(char* text) const noexcept { return made_ && pthread_setspecific(key_, text) == 0; }

 private:
  pthread_key_t key_{};
  bool made_;
};

const TextKey& Key() noexcept {
  static const TextKey key;
  return key;
}

// The calling thread's room for a text, or null.
char* Room() noexcept {
  char* room = Key().Get();
  if (room != nullptr && room != out_of_memory && room != no_text) return room;
  room = static_cast<char*>(std::malloc(kTextBytes));
  if (room != nullptr && Key().Set(room)) return room;
  std::free(room);
  return nullptr;
}

// The text, or of a long one (a path of thousands of bytes) the beginning and the end, where the
// reason is.
void Fill(char* room, std::string_view text) {
  if (text.size() < kTextBytes) {
    room[text.copy(room, text.size())] = '\0';
    return;
  }
  constexpr size_t kHalf = (kTextBytes - 1 - kCut.size()) / 2;
  char* end = room + text.copy(room, kHalf);
  end += kCut.copy(end, kCut.size());
  end += text.substr(text.size() - kHalf).copy(end, kHalf);
  *end = '\0';
}

}  // namespace

lutgemm_status Report(const Status& status) noexcept {
  if (status.ok()) return LUTGEMM_OK;
  if (char* room = Room(); room != nullptr) {
    Fill(room, status.text());
  } else {
    (void)Key().Set(status.code() == Code::kOutOfMemory ? out_of_memory : no_text);
  }
  return static_cast<lutgemm_status>(status.code());
}

const char* LastError() noexcept {
  const char* text = Key().Get();
  return text != nullptr ? text : "";
}

}  // namespace lutgemm::capi
