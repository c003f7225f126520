/// The directory at the end of a zip archive, which is the only authority on its members.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "formats/bytes.hpp"

namespace cs::formats {

/// A member, as its record in the directory describes it.
struct ZipMember {
  std::uint64_t method, crc, packed, size;
  std::uint64_t data;  ///< where its bytes begin
  bool encrypted;
};

/// Calls `see` for every record: where it stands, the name of the member, and whether that is a
/// plain file (no link, no device). Throws DataError if the directory is missing or damaged.
void for_each_zip_record(
    const Bytes& zip,
    const std::function<void(std::uint64_t at, std::string_view name, bool regular)>& see);

/// The member whose record stands at `at`. Throws DataError if there is none any more, or it leads
/// nowhere.
ZipMember zip_member(const Bytes& zip, std::uint64_t at);

/// Throws DataError: the archive is not whole, because of `what`.
[[noreturn]] void refuse_damaged_zip(const Bytes& zip, const std::string& what);

}  // namespace cs::formats
