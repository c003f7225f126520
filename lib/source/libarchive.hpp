/// Reads a tar, plain or packed, from its beginning to its end, by libarchive.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "source/file_bytes.hpp"

struct archive;
struct archive_entry;

namespace cs::source {

inline constexpr std::size_t kArchiveBlock = std::size_t{1} << 20U;

struct FreeArchive {
  void operator()(archive* handle) const;
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

/// A reader of what gzip, xz or zstd packed, if anything did; the caller adds formats.
ArchiveHandle new_archive_handle();

/// What libarchive says of its last failure, printable.
std::string error_text(archive* handle);

/// Whether the file begins as a tar does, plain or packed.
bool is_tar(const std::string& path);

/// One pass over a tar, member by member. Everything throws DataError naming the archive where it
/// is damaged.
class TarReader {
 public:
  explicit TarReader(std::string path);

  /// Goes to the next member; false after the last.
  bool next();

  // Of the member:
  /// Its name, normalized; throws DataError if it leads out of the archive.
  std::string name() const;
  bool is_folder() const;
  bool is_regular() const;  ///< neither a link nor a device, ...
  /// All of it; throws DataError if it is over `most` bytes.
  std::string content(std::uint64_t most);
  /// Its first `most` bytes, or all if there are fewer. May be called instead of content().
  std::string head(std::size_t most);
  /// All of it, into `file`; throws DataError if that is over `most` bytes.
  void copy_to(FileBytes& file, std::uint64_t most);

 private:
  void refuse_sparse() const;
  std::size_t data(char* to, std::size_t size);
  [[noreturn]] void fail() const;
  void check_end() const;

  std::string path_;
  ArchiveHandle handle_;
  archive_entry* entry_ = nullptr;
  std::uint64_t members_ = 0;
};

}  // namespace cs::source
