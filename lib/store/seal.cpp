#include "store/seal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/stop.hpp"
#include "store/bytes.hpp"

namespace cs::store {
namespace {

constexpr std::size_t kTrailer = 24;
constexpr const char* kMagic = "CSSHARD1";

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : path_(path.string()), fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) throw system_error(path_, "cannot open");
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::uint64_t size() const {
    struct stat info {};
    if (::fstat(fd_, &info) != 0) throw system_error(path_, "cannot read its size");
    if (!S_ISREG(info.st_mode)) throw DataError(path_, "is not a file, so not a shard");
    return static_cast<std::uint64_t>(info.st_size);
  }
  void read(char* out, std::size_t size, std::uint64_t at) const {
    while (size > 0) {
      const ssize_t n = ::pread(fd_, out, size, static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw system_error(path_, "cannot read");
      if (n == 0) throw Error(path_, "shrank while being read");
      out += n;
      at += static_cast<std::uint64_t>(n);
      size -= static_cast<std::size_t>(n);
    }
  }
  void resize(std::uint64_t length) const {
    if (::ftruncate(fd_, static_cast<off_t>(length)) != 0)
      throw system_error(path_, "cannot set its length");
  }
  void append_and_sync(const std::string& bytes, std::uint64_t length) const {
    errno = ENOSPC;  // what a short write means
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(length));
    if (n != static_cast<ssize_t>(bytes.size())) throw system_error(path_, "cannot write");
    if (::fsync(fd_) != 0) throw system_error(path_, "cannot sync");
  }

 private:
  std::string path_;
  int fd_;
};

std::string bytes_of(std::uint64_t value) {
  std::string bytes;
  put(bytes, value);
  return bytes;
}

std::uint64_t checksum(const Descriptor& file, std::uint64_t length, const std::string& head) {
  Checksum sum;
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (std::uint64_t at = 0; at < length; at += buffer.size()) {
    check_stop();
    const std::size_t n = std::min<std::uint64_t>(buffer.size(), length - at);
    file.read(buffer.data(), n, at);
    sum.update(buffer.data(), n);
  }
  sum.update(head.data(), head.size());
  return sum.value();
}

}  // namespace

void seal(const std::filesystem::path& path, std::uint64_t length) {
  const Descriptor file(path, O_RDWR);
  file.resize(length);
  const std::string head = kMagic + bytes_of(length);
  file.append_and_sync(head + bytes_of(checksum(file, length, head)), length);
}

void check_seal(const std::filesystem::path& path, Verify verify) {
  const std::string name = path.string();
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);  // a FIFO is refused, not waited for
  const std::uint64_t size = file.size();
  std::string trailer(kTrailer, '\0');
  if (size >= kTrailer) file.read(trailer.data(), kTrailer, size - kTrailer);
  if (trailer.compare(0, 8, kMagic) != 0)
    throw DataError(name, "is not a sealed shard, or its end is damaged; copy or make it again");
  const std::string head = kMagic + bytes_of(size - kTrailer);
  if (trailer.compare(0, head.size(), head) != 0)
    throw DataError(name, "is truncated or has grown; copy or make it again");
  if (verify == Verify::kAll &&
      trailer.compare(head.size(), 8, bytes_of(checksum(file, size - kTrailer, head))) != 0)
    throw DataError(name, "is damaged: its checksum does not match; copy or make it again");
}

}  // namespace cs::store
