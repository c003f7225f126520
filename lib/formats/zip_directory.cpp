#include "formats/zip_directory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace cs::formats {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{1} << 20U;
constexpr std::uint64_t kRecordBytes = 46, kLocalBytes = 30, kEndBytes = 22;
constexpr std::string_view kRecordMark("PK\1\2", 4), kLocalMark("PK\3\4", 4);
constexpr std::string_view kEndMark("PK\5\6", 4), kEnd64Mark("PK\6\6", 4), kLocator64("PK\6\7", 4);
constexpr std::uint64_t kFull16 = 0xFFFF, kFull32 = 0xFFFFFFFF;  // the number stands elsewhere

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (std::size_t i = length; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

struct Directory {
  std::uint64_t begin, size, members;
};

/// From the end mark, which a comment of up to 64 KiB may follow.
Directory find_directory(const Bytes& zip) {
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(zip.size(), kEndBytes + kFull16);
  const std::string tail = zip.read(zip.size() - tail_bytes, tail_bytes);
  std::size_t at = tail.rfind(kEndMark);
  while (at != std::string::npos &&
         (tail.size() - at < kEndBytes || number(tail, at + 20, 2) != tail.size() - at - kEndBytes))
    at = at == 0 ? std::string::npos : tail.rfind(kEndMark, at - 1);
  if (at == std::string::npos) refuse_damaged_zip(zip, "there is no directory at its end");
  Directory found{number(tail, at + 16, 4), number(tail, at + 12, 4), number(tail, at + 10, 2)};
  if (number(tail, at + 4, 2) != number(tail, at + 6, 2))
    refuse_damaged_zip(zip, "it is one of several");
  if (at >= 20 && tail.compare(at - 20, 4, kLocator64) == 0) {
    const std::string end = zip.read(number(tail, at - 20 + 8, 8), 56);
    if (end.compare(0, 4, kEnd64Mark) != 0)
      refuse_damaged_zip(zip, "its large directory is missing");
    found = {number(end, 48, 8), number(end, 40, 8), number(end, 32, 8)};
  }
  if (found.size > zip.size() || found.begin > zip.size() - found.size)
    refuse_damaged_zip(zip, "its directory leads outside");
  return found;
}

bool is_regular(std::string_view record) {
  constexpr std::uint64_t kUnix = 3;  // whose file types stand in the upper half
  const std::uint64_t type = number(record, 38, 4) >> 16U & S_IFMT;
  return number(record, 5, 1) != kUnix || type == 0 || type == S_IFREG;
}

/// Those that did not fit 32 bits stand in a field of the extra data, in this order.
void read_large_numbers(const Bytes& zip, std::string_view extra,
                        const std::vector<std::uint64_t*>& numbers) {
  constexpr std::uint64_t kLarge = 1;
  while (extra.size() >= 4) {
    const std::uint64_t length = number(extra, 2, 2);
    if (length > extra.size() - 4) refuse_damaged_zip(zip, "its directory is damaged");
    std::string_view field = extra.substr(4, length);
    for (std::uint64_t* value : numbers) {
      if (number(extra, 0, 2) != kLarge || *value != kFull32 || field.size() < 8) continue;
      *value = number(field, 0, 8);
      field.remove_prefix(8);
    }
    extra.remove_prefix(4 + length);
  }
}

}  // namespace

void for_each_zip_record(
    const Bytes& zip,
    const std::function<void(std::uint64_t at, std::string_view name, bool regular)>& see) {
  const Directory found = find_directory(zip);
  const std::uint64_t end = found.begin + found.size;
  std::string block;
  std::uint64_t block_begin = found.begin;
  std::uint64_t members = 0;
  for (std::uint64_t at = found.begin; at < end; ++members) {
    check_stop();
    constexpr std::uint64_t kLongest = kRecordBytes + 3 * kFull16;
    if (at + kLongest > block_begin + block.size()) {
      block_begin = at;
      block = zip.read(at, std::min(kBlock, end - at));
    }
    const std::string_view record = std::string_view(block).substr(at - block_begin);
    if (record.size() < kRecordBytes || record.substr(0, 4) != kRecordMark)
      refuse_damaged_zip(zip, "its directory is damaged");
    const std::uint64_t name_bytes = number(record, 28, 2);
    const std::uint64_t length =
        kRecordBytes + name_bytes + number(record, 30, 2) + number(record, 32, 2);
    if (length > record.size()) refuse_damaged_zip(zip, "its directory is damaged");
    see(at, record.substr(kRecordBytes, name_bytes), is_regular(record));
    at += length;
  }
  if ((members & kFull16) != (found.members & kFull16))
    refuse_damaged_zip(zip, "members are missing");
}

ZipMember zip_member(const Bytes& zip, std::uint64_t at) {
  const std::string record = zip.read(at, kRecordBytes);
  if (record.compare(0, 4, kRecordMark) != 0)
    throw DataError(zip.name(), "changed while it was read; start again");
  ZipMember member{number(record, 10, 2), number(record, 16, 4), number(record, 20, 4),
                   number(record, 24, 4), number(record, 42, 4), (number(record, 8, 2) & 1U) != 0};
  const std::string extra =
      zip.read(at + kRecordBytes + number(record, 28, 2), number(record, 30, 2));
  read_large_numbers(zip, extra, {&member.size, &member.packed, &member.data});
  const std::string local = zip.read(member.data, kLocalBytes);
  if (local.compare(0, 4, kLocalMark) != 0)
    refuse_damaged_zip(zip, "a member is not where it should be");
  member.data += kLocalBytes + number(local, 26, 2) + number(local, 28, 2);
  return member;
}

void refuse_damaged_zip(const Bytes& zip, const std::string& what) {
  throw DataError(zip.name(), "not a whole archive (" + what + "); fetch or pack it again");
}

}  // namespace cs::formats
