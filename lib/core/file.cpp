#include "core/file.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <utility>

#include "core/error.hpp"

namespace cs {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

void sync_path(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) throw system_error(path.string(), "cannot open it to sync");
  const int result = ::fsync(fd);
  const int saved = errno;
  ::close(fd);
  errno = saved;
  if (result != 0 && errno != EINVAL)  // EINVAL: a file system without fsync on folders
    throw system_error(path.string(), "cannot sync");
}

}  // namespace

void remove_stale_temporaries(const fs::path& target) {
  const std::string prefix = target.filename().string() + ".tmp.";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_of(target), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    const char* end = name.data() + name.size();
    pid_t pid = 0;
    if (std::from_chars(name.data() + prefix.size(), end, pid).ptr != end || pid <= 0) continue;
    if (::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

PendingFile::PendingFile(fs::path target, Overwrite overwrite)
    : target_(std::move(target)), overwrite_(overwrite) {
  if (target_.filename().empty()) throw UsageError(target_.string(), "is not the name of a file");
  if (!fs::is_directory(folder_of(target_)))
    throw Error(target_.string(), "its folder does not exist; make it first");
  if (fs::is_directory(target_)) throw UsageError(target_.string(), "is a folder; name a file");
  if (fs::exists(target_) && !fs::is_regular_file(target_))  // a rename would replace a device
    throw UsageError(target_.string(), "is no regular file; name one");
  if (overwrite_ == Overwrite::kRefuse && fs::exists(fs::symlink_status(target_)))
    throw UsageError(target_.string(), "exists already; pass `force` to replace it");
  remove_stale_temporaries(target_);
  temporary_ = target_;
  temporary_ += ".tmp." + std::to_string(::getpid());
  std::error_code ignored;  // left by a process that had our number, as in another container
  fs::remove(temporary_, ignored);
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      overwrite_(other.overwrite_) {}

PendingFile::~PendingFile() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

void PendingFile::publish() {
  sync_path(temporary_, O_RDONLY);
  if (overwrite_ == Overwrite::kRefuse && fs::exists(target_))
    throw Error(target_.string(), "appeared while it was being made; pass `force` to replace it");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw system_error(target_.string(), "cannot rename the finished file to this name");
  temporary_.clear();
  sync_path(folder_of(target_), O_RDONLY | O_DIRECTORY);
}

void write_file(const fs::path& target, std::string_view bytes, Overwrite overwrite) {
  PendingFile pending(target, overwrite);
  std::ofstream out(pending.temporary(), std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw system_error(target.string(), "cannot write");
  pending.publish();
}

std::string read_file(const fs::path& path, std::size_t most) {
  if (fs::is_directory(path)) throw Error(path.string(), "is a folder, not a file");
  if (fs::exists(path) && !fs::is_regular_file(path))  // a FIFO would be waited for
    throw Error(path.string(), "is no regular file; name one");
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) throw system_error(path.string(), "cannot open");
  const auto size = static_cast<std::size_t>(in.tellg());
  if (size > most) throw DataError(path.string(), "too large: " + std::to_string(size) + " bytes");
  std::string bytes(size, '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(size)))
    throw system_error(path.string(), "cannot read");
  return bytes;
}

void detail::refuse_same_file(const fs::path& output, const fs::path& input) {
  std::error_code ignored;
  const bool within = fs::is_directory(input, ignored) && fs::exists(output, ignored) &&
                      fs::equivalent(folder_of(output), input, ignored);
  if (within || fs::equivalent(output, input, ignored))
    throw UsageError(output.string(), "is an input too; name another output");
}

}  // namespace cs
