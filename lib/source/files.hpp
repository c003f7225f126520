/// Named files in one place: below a folder, in an archive, or one file and its neighbors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "source/entry_list.hpp"
#include "source/file_bytes.hpp"

namespace cs::source {

/// No image file may be larger: a guard against archives that claim anything.
inline constexpr std::uint64_t kMostFileBytes = std::uint64_t{256} << 20U;

/// The files of a place, listed once: those that count, and those that are hidden.
struct Listing {
  EntryList entries;
  /// Names of which a part begins with a dot; of what lies in a hidden folder, the folder's.
  EntryList hidden;

  /// Adds to `hidden`: the part of `name` up to the first hidden one, unless that was added last.
  void hide(std::string_view name);
};

/// Files that can be read again and again.
class Files {
 public:
  /// `position` counts through what was wanted; `bytes` are valid during the call only.
  using Take = std::function<void(std::size_t position, std::string_view bytes)>;

  Files(std::string name, Listing listing) : name_(std::move(name)), listing_(std::move(listing)) {}
  virtual ~Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  const std::string& name() const { return name_; }  ///< the operand, for messages
  const EntryList& entries() const { return listing_.entries; }
  const EntryList& hidden() const { return listing_.hidden; }

  /// Calls `take` with the bytes of each of `wanted` (indices of entries in any order, repeats
  /// allowed), in that order, from the calling thread. Throws DataError if something has changed
  /// since it was listed, or is over kMostFileBytes; what `take` throws passes through.
  virtual void read(const std::vector<std::size_t>& wanted, const Take& take) const = 0;

  /// One file to read at any place: itself, or an unlinked copy of what it holds, unpacked if it is
  /// compressed.
  virtual std::unique_ptr<FileBytes> open(std::size_t entry) const = 0;

 private:
  std::string name_;
  Listing listing_;
};

/// All files below `folder`, links followed; only those under `prefix` if it has that folder.
/// Throws Error if one cannot be listed, DataError for links in circles. What must be unpacked, or
/// kept until it is wanted, goes to unlinked files in `spill_dir`, here and below.
std::unique_ptr<Files> open_folder(const std::string& folder, const std::string& prefix,
                                   const std::filesystem::path& spill_dir);

/// The file `path`, as entry 0, and the other files of its folder.
std::unique_ptr<Files> open_file(const std::string& path, const std::filesystem::path& spill_dir);

/// The members of a tar (plain, gzip, xz or zstd) or zip archive, never extracted under their
/// names. Throws DataError for a damaged one and for members that lead outside.
std::unique_ptr<Files> open_archive(const std::string& path,
                                    const std::filesystem::path& spill_dir);
/// Whether `path` begins as such an archive does.
bool is_archive(const std::string& path);

/// The two kinds of archive. A zip is read at any place, a tar from its beginning.
std::unique_ptr<Files> open_tar(const std::string& path, const std::filesystem::path& spill_dir);
std::unique_ptr<Files> open_zip(const std::string& path, const std::filesystem::path& spill_dir);
bool is_zip(const std::string& path);

/// Whether the first bytes of the file `name` must be looked at to know what it is.
bool needs_a_look(std::string_view name);

}  // namespace cs::source
