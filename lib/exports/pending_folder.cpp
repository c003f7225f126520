#include "exports/pending_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/error.hpp"
#include "core/file.hpp"

namespace cs::exports {
namespace fs = std::filesystem;
namespace {

/// Syncs the file system that `folder` is on: one call in place of one for each of its files.
void sync_files(const fs::path& folder, const fs::path& subject) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::syncfs(fd) == 0;
  const int saved = errno;
  if (fd >= 0) ::close(fd);
  errno = saved;
  if (!synced) throw system_error(subject.string(), "cannot sync");
}

}  // namespace

PendingFolder::PendingFolder(const fs::path& target)
    : target_(target.has_filename() ? target : target.parent_path()) {
  if (fs::exists(fs::symlink_status(target_)))
    throw UsageError(target_.string(), "exists; name a new folder");
  remove_stale_temporaries(target_);
  temporary_ = target_;
  temporary_ += ".tmp." + std::to_string(::getpid());
  std::error_code error;  // first: left by a process that had our number, as in another container
  fs::remove_all(temporary_, error);
  fs::create_directory(temporary_, error);
  if (error)
    throw Error(target_.string(),
                "cannot make this folder: " + error.message() + advice(error.value()));
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void PendingFolder::publish() {
  sync_files(temporary_, target_);
  if (fs::exists(fs::symlink_status(target_)))
    throw Error(target_.string(), "appeared while it was being made; name a new folder");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0)
    throw system_error(target_.string(), "cannot rename the finished folder to this name");
  temporary_.clear();
  sync_files(target_, target_);  // the rename itself
}

}  // namespace cs::exports
