#include "source/file_bytes.hpp"

#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp() is POSIX
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace cs::source {

FileBytes::FileBytes(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), name_(path.string()) {
  struct stat status {};
  if (file_ < 0 || ::fstat(file_, &status) != 0) throw system_error(name_, "cannot open");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::unique_ptr<FileBytes> FileBytes::temporary(const std::filesystem::path& folder,
                                                const std::string& name) {
  std::string path = (folder / "cs-spill.XXXXXX").string();
  const int file = ::mkstemp(path.data());
  if (file < 0) throw system_error(folder.string(), "cannot make a temporary file");
  ::unlink(path.c_str());
  return std::unique_ptr<FileBytes>(new FileBytes(file, name));
}

FileBytes::~FileBytes() {
  if (file_ >= 0) ::close(file_);
}

void FileBytes::read(std::uint64_t offset, std::uint64_t length, char* to) const {
  if (offset > size_ || length > size_ - offset)
    throw DataError(name_, "is cut short; fetch it again");
  for (std::uint64_t done = 0; done < length;) {
    const ssize_t got = ::pread(file_, to + done, length - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(name_, "cannot read");
    if (got == 0) throw DataError(name_, "became shorter while it was read; start again");
    done += static_cast<std::uint64_t>(got);
  }
}

void FileBytes::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw system_error(name_, "cannot write a temporary copy of it");
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace cs::source
