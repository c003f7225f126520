/// Memory that runs short: little more can be had while one of these lives.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace cs::test {

class AddressSpaceLimit {
 public:
  /// Leaves `room` bytes beside what is in use.
  explicit AddressSpaceLimit(rlim_t room) {
    ::getrlimit(RLIMIT_AS, &old_);
    rlimit tight = old_;
    tight.rlim_cur = used() + room;
    ::setrlimit(RLIMIT_AS, &tight);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &old_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

  /// False under sanitizers, whose own memory would be limited too.
  static bool works() { return used() < rlim_t{1} << 40U; }

 private:
  static rlim_t used() {
    std::ifstream file("/proc/self/statm");
    rlim_t pages = 0;
    file >> pages;
    return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  }

  rlimit old_{};
};

}  // namespace cs::test
