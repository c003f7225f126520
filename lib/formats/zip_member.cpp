#include "formats/zip_member.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::formats {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{1} << 20U;
constexpr std::uint64_t kStored = 0, kDeflated = 8;

/// The packed bytes of a member, as they are.
template <typename Deliver>
void copy(const Bytes& zip, const ZipMember& member, const Deliver& deliver) {
  for (std::uint64_t at = 0; at < member.packed; at += kBlock) {
    check_stop();
    deliver(zip.read(member.data + at, std::min(kBlock, member.packed - at)));
  }
}

/// The packed bytes of a member, inflated.
template <typename Deliver>
void inflate(const Bytes& zip, const ZipMember& member, const Deliver& deliver) {
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    throw Error(zip.name(), "no memory to unpack it");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::inflateEnd);
  std::string out(std::min<std::uint64_t>(kBlock, member.size + 1), '\0');
  int status = Z_OK;
  for (std::uint64_t at = 0; at < member.packed && status == Z_OK; at += kBlock) {
    check_stop();
    std::string in = zip.read(member.data + at, std::min(kBlock, member.packed - at));
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      status = ::inflate(&stream, Z_NO_FLUSH);
      deliver(std::string_view(out).substr(0, out.size() - stream.avail_out));
    } while (status == Z_OK && stream.avail_out == 0);
    if (status == Z_BUF_ERROR) status = Z_OK;  // all of this part is used
  }
  if (status != Z_STREAM_END) refuse_damaged_zip(zip, "a member is damaged");
}

}  // namespace

void unpack_zip_member(const Bytes& zip, const ZipMember& member,
                       const std::function<void(std::string_view part)>& take) {
  if (member.encrypted) throw DataError(zip.name(), "is encrypted; pack it again");
  if (member.method != kStored && member.method != kDeflated)
    throw DataError(zip.name(), "is packed by method " + std::to_string(member.method) +
                                    "; pack it again with deflate, or as it is");
  uLong crc = ::crc32(0, nullptr, 0);
  std::uint64_t size = 0;
  const auto deliver = [&](std::string_view part) {
    size += part.size();
    if (size > member.size) refuse_damaged_zip(zip, "a member is longer than it says");
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    take(part);
  };
  member.method == kStored ? copy(zip, member, deliver) : inflate(zip, member, deliver);
  if (size != member.size) refuse_damaged_zip(zip, "a member is shorter than it says");
  if (crc != member.crc) refuse_damaged_zip(zip, "a member does not match its checksum");
}

std::string zip_member_head(const Bytes& zip, const ZipMember& member, std::size_t most) try {
  if (member.encrypted) return "";
  std::string packed = zip.read(member.data, std::min<std::uint64_t>(member.packed, most));
  if (member.method == kStored) return packed;
  if (member.method != kDeflated) return "";
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) return "";
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::inflateEnd);
  std::string head(most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(head.data());
  stream.avail_out = static_cast<uInt>(head.size());
  ::inflate(&stream, Z_SYNC_FLUSH);
  head.resize(head.size() - stream.avail_out);
  return head;
} catch (const DataError&) {  // Damaged, which is no matter unless somebody wants it.
  return "";
}

}  // namespace cs::formats
