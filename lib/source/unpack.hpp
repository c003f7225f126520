/// Files that are compressed on their own, as train-images-idx3-ubyte.gz is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "source/file_bytes.hpp"

namespace cs::source {

/// Whether it begins as a file packed with gzip, xz or zstd does.
bool is_packed(const FileBytes& file);

/// What `file` holds if it is packed, in an unlinked file in `spill_dir`; else `file`. Throws
/// DataError if that is damaged or over `most` bytes; 0 stands for most_unpacked().
std::unique_ptr<FileBytes> unpack(std::unique_ptr<FileBytes> file,
                                  const std::filesystem::path& spill_dir, std::uint64_t most = 0);

/// 1 GiB and 100 times what is packed: more than pixels can be, and a guard against what only fills
/// the disk.
std::uint64_t most_unpacked(std::uint64_t packed);

/// Throws DataError: `name` unpacks to over most_unpacked().
[[noreturn]] void refuse_bomb(const std::string& name);

}  // namespace cs::source
