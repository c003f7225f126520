/// A folder whose name never stands for half of it.
#pragma once

#include <filesystem>

namespace cs::exports {

/// A new folder under construction at `TARGET.tmp.PID`, beside its target. publish() syncs what was
/// put into it and renames it. Destroyed unpublished, it is removed with all it holds.
class PendingFolder {
 public:
  /// Throws UsageError if the target exists, Error if its folder does not. Removes temporaries that
  /// dead processes left for the same target.
  explicit PendingFolder(const std::filesystem::path& target);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  void publish();

 private:
  std::filesystem::path target_, temporary_;
};

}  // namespace cs::exports
