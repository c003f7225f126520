#include "core/pending.hpp"

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"

namespace cs {
namespace fs = std::filesystem;
namespace {

/// Calls `sync` (fsync or syncfs) for `path`, which messages call `subject`.
void sync_path(const fs::path& path, const fs::path& subject, int (*sync)(int)) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw system_error(subject.string(), "cannot open it to sync");
  const int result = sync(fd);
  const int saved = errno;
  ::close(fd);
  errno = saved;
  if (result != 0 && errno != EINVAL)  // EINVAL: a file system without fsync on folders
    throw system_error(subject.string(), "cannot sync");
}

[[noreturn]] void throw_no_folder(const fs::path& target, const std::error_code& error) {
  throw Error(target.string(),
              "cannot make this folder: " + error.message() + advice(error.value()));
}

fs::path temporary_of(const fs::path& target) {
  fs::path temporary = target;
  temporary += ".tmp." + std::to_string(::getpid());
  return temporary;
}

bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

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

Pending::Pending(Kind kind, fs::path target, Overwrite overwrite)
    : kind_(kind), target_(std::move(target)), overwrite_(overwrite) {}

Pending Pending::file(fs::path target, Overwrite overwrite) {
  if (target.filename().empty()) throw UsageError(target.string(), "is not the name of a file");
  if (!fs::is_directory(folder_of(target)))
    throw Error(target.string(), "its folder does not exist; make it first");
  if (fs::is_directory(target)) throw UsageError(target.string(), "is a folder; name a file");
  if (fs::exists(target) && !fs::is_regular_file(target))  // a rename would replace a device
    throw UsageError(target.string(), "is no regular file; name one");
  if (overwrite == Overwrite::kRefuse && is_there(target))
    throw UsageError(target.string(), "exists already; pass `force` to replace it");
  remove_stale_temporaries(target);
  Pending pending(Kind::kFile, std::move(target), overwrite);
  pending.temporary_ = temporary_of(pending.target_);
  pending.remove_temporary();  // left by a process that had our number, as in another container
  return pending;
}

Pending Pending::folder(const fs::path& target) {
  Pending pending(Kind::kFolder, target.has_filename() ? target : target.parent_path(),
                  Overwrite::kRefuse);
  if (is_there(pending.target_))
    throw UsageError(pending.target_.string(), "exists; name a new folder");
  remove_stale_temporaries(pending.target_);
  pending.temporary_ = temporary_of(pending.target_);
  pending.remove_temporary();  // as above
  std::error_code error;
  fs::create_directory(pending.temporary_, error);
  if (error) throw_no_folder(pending.target_, error);
  return pending;
}

Pending Pending::set(fs::path target) {
  Pending pending(Kind::kSet, std::move(target), Overwrite::kAllow);
  std::error_code error;
  const bool made = fs::create_directories(pending.target_, error);
  if (error) throw_no_folder(pending.target_, error);
  if (made) pending.temporary_ = pending.target_;
  return pending;
}

Pending::Pending(Pending&& other) noexcept
    : kind_(other.kind_),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      overwrite_(other.overwrite_) {}

Pending::~Pending() {
  if (!temporary_.empty()) remove_temporary();
}

void Pending::remove_temporary() const {
  std::error_code ignored;
  if (kind_ == Kind::kFolder)
    fs::remove_all(temporary_, ignored);
  else
    fs::remove(temporary_, ignored);  // of a set's folder only if it is empty
}

void Pending::refuse_to_replace() const {
  if (overwrite_ == Overwrite::kRefuse && is_there(target_))
    throw Error(target_.string(),
                std::string("appeared while it was being made; ") +
                    (kind_ == Kind::kFile ? "pass `force` to replace it" : "name a new folder"));
}

void Pending::publish() {
  if (kind_ != Kind::kSet) {
    // One call for the file system that a folder is on, in place of one for each of its files.
    sync_path(temporary_, target_, kind_ == Kind::kFolder ? ::syncfs : ::fsync);
    refuse_to_replace();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
      throw system_error(target_.string(), "cannot rename what is finished to this name");
    temporary_.clear();  // before what may fail yet: there is nothing to remove
    sync_path(folder_of(target_), folder_of(target_), ::fsync);
  }
  temporary_.clear();
}

}  // namespace cs
