#include "image/spill.hpp"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp() is POSIX
#include <unistd.h>

#include "core/error.hpp"

namespace cs::image {

Spill::~Spill() {
  if (file_ >= 0) ::close(file_);
}

void Spill::put(std::size_t number, std::string_view bytes) {
  if (file_ < 0) {
    std::string name = (folder_ / "cs-spill.XXXXXX").string();
    file_ = ::mkstemp(name.data());
    if (file_ < 0) throw system_error(folder_.string(), "cannot make a temporary file");
    ::unlink(name.c_str());
  }
  where_[number] = {end_, bytes.size()};
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(end_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw system_error(folder_.string(), "cannot write a temporary file");
    end_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string Spill::take(std::size_t number) {
  const auto found = where_.find(number);
  const Range range = found->second;
  where_.erase(found);
  std::string bytes(range.size, '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::pread(file_, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(range.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw system_error(folder_.string(), "cannot read a temporary file");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace cs::image
