/// Whole files: reading one, and publishing one so that its name never refers to half a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cs {

enum class Overwrite : bool { kRefuse, kAllow };

/// An output under construction at `TARGET.tmp.PID`, beside its target. `publish()` syncs it,
/// renames it to the target and syncs the folder: the target is the old file or the complete new
/// one, whatever happens. Destroyed unpublished, the temporary is removed.
class PendingFile {
 public:
  /// Throws UsageError if the target exists and may not be replaced or is no regular file, Error if
  /// its folder does not exist. Removes temporaries that dead processes left for the same target.
  PendingFile(std::filesystem::path target, Overwrite overwrite);
  ~PendingFile();
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  void publish();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;  ///< empty once published or moved from
  Overwrite overwrite_;
};

/// Removes `TARGET.tmp.PID`, files and folders, of processes that no longer run.
void remove_stale_temporaries(const std::filesystem::path& target);

/// Publishes `bytes` as the file `target`.
void write_file(const std::filesystem::path& target, std::string_view bytes, Overwrite overwrite);

/// The bytes of a file; throws Error if it cannot be read, DataError if it is over `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 36U);

/// Throws UsageError if `output` is one of `inputs` (by device and inode, so links do not fool it).
template <typename Paths>
void refuse_same_file(const std::filesystem::path& output, const Paths& inputs);

namespace detail {
void refuse_same_file(const std::filesystem::path& output, const std::filesystem::path& input);
}

template <typename Paths>
void refuse_same_file(const std::filesystem::path& output, const Paths& inputs) {
  for (const auto& input : inputs) detail::refuse_same_file(output, input);
}

}  // namespace cs
