/// Outputs under construction: no name ever stands for half of what it names.
#pragma once

#include <filesystem>

namespace cs {

enum class Overwrite : bool { kRefuse, kAllow };

/// A file, a folder or the folder of a set that has its name only once it is complete. Files and
/// folders are made at `TARGET.tmp.PID`, beside their target; publish() syncs that, renames it and
/// syncs the folder around it, so that the target is what it was or complete, whatever happens.
/// Destroyed unpublished, what was made is removed.
///
///     Pending output = Pending::file(path, overwrite);
///     write(output.temporary());
///     output.publish();
class Pending {
 public:
  /// Throws UsageError if the target exists and may not be replaced or is no regular file, Error if
  /// its folder does not exist. Removes temporaries that dead processes left for the same target.
  static Pending file(std::filesystem::path target, Overwrite overwrite);

  /// A new folder, of which the temporary is there and empty. Throws UsageError if the target
  /// exists, Error if it cannot be made. Removes temporaries as file() does.
  static Pending folder(const std::filesystem::path& target);

  /// The folder of a set, each part of which is a pending file of its own in `target`; publish()
  /// keeps it. One that was not there is made, and removed if it stays unpublished and empty.
  /// Throws Error if it cannot be made.
  static Pending set(std::filesystem::path target);

  ~Pending();
  Pending(Pending&& other) noexcept;
  Pending& operator=(Pending&&) = delete;

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Throws Error if the target appeared meanwhile and may not be replaced, or if it cannot be
  /// written to the end.
  void publish();

 private:
  enum class Kind { kFile, kFolder, kSet };
  Pending(Kind kind, std::filesystem::path target, Overwrite overwrite);
  void remove_temporary() const;
  void refuse_to_replace() const;

  Kind kind_;
  std::filesystem::path target_;
  std::filesystem::path temporary_;  ///< empty where there is nothing to remove
  Overwrite overwrite_;
};

/// Removes `TARGET.tmp.PID`, files and folders, of processes that no longer run.
void remove_stale_temporaries(const std::filesystem::path& target);

}  // namespace cs
