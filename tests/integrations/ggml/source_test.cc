// Pages of mapped files leave the process and come back; other memory stays.
#include "ggml/source.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace lutgemm::test {
namespace {

constexpr size_t kBytes = size_t{4} << 20;

uint8_t ByteAt(size_t i) { return static_cast<uint8_t>(i * 2654435761u >> 13); }

bool HoldsBytes(const void* memory) {
  const auto* bytes = static_cast<const uint8_t*>(memory);
  for (size_t i = 0; i < kBytes; ++i) {
    if (bytes[i] != ByteAt(i)) return false;
  }
  return true;
}

// A file of these bytes that has no name any more.
int MakeFile() {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::vector<uint8_t> bytes(kBytes);
  for (size_t i = 0; i < kBytes; ++i) bytes[i] = ByteAt(i);
  REQUIRE(std::fwrite(bytes.data(), 1, kBytes, file) == kBytes);
  REQUIRE(std::fflush(file) == 0);
  const int copy = dup(fileno(file));
  std::fclose(file);
  return copy;
}

// Pages of the process's address space that it holds at the moment.
size_t Resident() {
  size_t all = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  REQUIRE(file != nullptr);
  REQUIRE(std::fscanf(file, "%zu %zu", &all, &resident) == 2);
  std::fclose(file);
  return resident;
}

}  // namespace

TEST_CASE("pages of a mapped file leave, and are read again") {
  const int file = MakeFile();
  void* map = mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, file, 0);
  REQUIRE(map != MAP_FAILED);
  CHECK(HoldsBytes(map));
  const size_t before = Resident();
  CHECK(lutgemm_ggml::LeavePages(static_cast<uint8_t*>(map) + 100, kBytes - 200));
  CHECK(Resident() + kBytes / 4096 / 2 < before);
  CHECK(HoldsBytes(map));
  CHECK_FALSE(lutgemm_ggml::LeavePages(map, 4096));  // too few to look for
  munmap(map, kBytes);
  close(file);
}

TEST_CASE("memory that the process alone has stays as it is") {
  const int file = MakeFile();
  const int access = PROT_READ | PROT_WRITE;
  struct {
    int access, flags, file;
  } const cases[] = {{access, MAP_PRIVATE, file},
                     {access, MAP_SHARED, file},
                     {PROT_READ, MAP_PRIVATE, file},
                     {access, MAP_PRIVATE | MAP_ANONYMOUS, -1}};
  for (const auto& one : cases) {
    void* map = mmap(nullptr, kBytes, one.access, one.flags, one.file, 0);
    REQUIRE(map != MAP_FAILED);
    auto* bytes = static_cast<uint8_t*>(map);
    for (size_t i = 0; i < kBytes && one.access == access; ++i) bytes[i] = ByteAt(i);
    CHECK_FALSE(lutgemm_ggml::LeavePages(map, kBytes));
    CHECK(HoldsBytes(map));
    munmap(map, kBytes);
  }
  std::vector<uint8_t> heap(kBytes);
  for (size_t i = 0; i < kBytes; ++i) heap[i] = ByteAt(i);
  CHECK_FALSE(lutgemm_ggml::LeavePages(heap.data(), kBytes));
  CHECK(HoldsBytes(heap.data()));
  close(file);
}

}  // namespace lutgemm::test
