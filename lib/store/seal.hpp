/// The trailer that ends a sealed shard, after LMDB's last page: LMDB has no checksums of its own,
/// opens a truncated file and dies of SIGBUS later. 24 bytes, little-endian:
///
///     "CSSHARD1"   u64 length of all that precedes the trailer
///     u64 xxh3-64 of everything before this field
///
/// It guards against accidents, not malice.
#pragma once

#include <filesystem>

namespace cs::store {

enum class Verify : bool {
  kLength,  ///< magic and length only
  kAll,     ///< and the checksum of the whole file
};

/// Cuts (or extends) the file to `length` bytes, appends the trailer and syncs.
void seal(const std::filesystem::path& path, std::uint64_t length);

/// Throws DataError if the file is not a sealed shard or was changed in any byte, Error if it
/// cannot be read.
void check_seal(const std::filesystem::path& path, Verify verify);

}  // namespace cs::store
