#include "answers/slot.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/error.hpp"

namespace cs::answers {
namespace fs = std::filesystem;
namespace {

constexpr std::uint32_t kMost = 10000;

fs::path file_of(const fs::path& folder, std::uint32_t number) {
  return folder / std::to_string(number);
}

/// Whether the lock was free and is ours now.
bool lock(int fd, const fs::path& path) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw system_error(path.string(), "cannot lock; use a local disk");
  }
  return true;
}

}  // namespace

Slot::Slot(const fs::path& folder) {
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) throw Error(folder.string(), "cannot make this folder: " + failed.message());
  for (; number_ < kMost; ++number_) {
    const fs::path path = file_of(folder, number_);
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0) throw system_error(path.string(), "cannot open");
    if (lock(fd_, path)) return;
    ::close(fd_);
  }
  throw Error(folder.string(), "is in use by " + std::to_string(kMost) + " processes");
}

Slot::~Slot() { ::close(fd_); }

bool Slot::held(const fs::path& folder, std::uint32_t number) {
  const fs::path path = file_of(folder, number);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return false;
  if (fd < 0) throw system_error(path.string(), "cannot open");
  const bool free = lock(fd, path);
  ::close(fd);
  return !free;
}

}  // namespace cs::answers
