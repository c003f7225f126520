/// What the members of a zip archive hold. Without CS_IMAGE_FILES, which brings zlib, members that
/// are packed are an Error, and checksums are not compared.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "formats/zip_directory.hpp"

namespace cs::formats {

/// Calls `take` with the content of a member part by part. Throws DataError if that is not what the
/// directory says, or is encrypted or packed by a method other than deflate.
void unpack_zip_member(const Bytes& zip, const ZipMember& member,
                       const std::function<void(std::string_view part)>& take);

/// About the first `most` bytes of a member; fewer, or none, if they cannot be had.
std::string zip_member_head(const Bytes& zip, const ZipMember& member, std::size_t most);

}  // namespace cs::formats
