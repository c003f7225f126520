/// A limit on this process's address space while a test needs one.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace cs::test {

/// Address space in use, in bytes; a sanitizer takes terabytes.
inline rlim_t address_space() {
  std::ifstream file("/proc/self/statm");
  rlim_t pages = 0;
  file >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

/// While it lives, the process can take `room` bytes more than it has.
class MemoryLimit {
 public:
  explicit MemoryLimit(rlim_t room) {
    ::getrlimit(RLIMIT_AS, &old_);
    rlimit tight = old_;
    tight.rlim_cur = address_space() + room;
    ::setrlimit(RLIMIT_AS, &tight);
  }
  ~MemoryLimit() { ::setrlimit(RLIMIT_AS, &old_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit old_{};
};

}  // namespace cs::test
