// In place of zip_member.cpp where there is no zlib.
#include <algorithm>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "formats/zip_member.hpp"

namespace cs::formats {

void unpack_zip_member(const Bytes& zip, const ZipMember& member,
                       const std::function<void(std::string_view part)>& take) {
  constexpr std::uint64_t kBlock = std::uint64_t{1} << 20U;
  if (member.encrypted) throw DataError(zip.name(), "is encrypted; pack it again");
  if (member.method != 0)
    throw Error(zip.name(), "is packed, and this build has no zlib; pack it without compression");
  if (member.packed != member.size) refuse_damaged_zip(zip, "a member is damaged");
  for (std::uint64_t at = 0; at < member.size; at += kBlock) {
    check_stop();
    take(zip.read(member.data + at, std::min(kBlock, member.size - at)));
  }
}

std::string zip_member_head(const Bytes& zip, const ZipMember& member, std::size_t most) try {
  if (member.encrypted || member.method != 0) return "";
  return zip.read(member.data, std::min<std::uint64_t>(member.packed, most));
} catch (const DataError&) {
  return "";
}

}  // namespace cs::formats
