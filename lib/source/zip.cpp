#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "source/files.hpp"
#include "source/listing.hpp"

namespace cs::source {
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

/// A zip archive by the directory at its end, which is its only authority. Nothing but names stays
/// in memory: a member's place is where its record stands in that directory.
class ZipFiles : public Files {
 public:
  ZipFiles(std::unique_ptr<FileBytes> zip, std::filesystem::path spill_dir)
      : Files(zip->name(), list(*zip)), zip_(std::move(zip)), spill_dir_(std::move(spill_dir)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      const Member member = find(wanted[position]);
      if (member.size > kMostFileBytes)
        fail("the member '" + printable(entries()[wanted[position]].name) +
             "' is over 256 MiB; pack it again without it");
      std::string bytes;
      bytes.reserve(member.size);
      unpack_member(member, [&](std::string_view part) { bytes += part; });
      take(position, bytes);
    }
  }

  std::unique_ptr<FileBytes> open(std::size_t entry) const override {
    const Member member = find(entry);
    auto copy = FileBytes::temporary(spill_dir_, name() + ":" + std::string(entries()[entry].name));
    unpack_member(member, [&](std::string_view part) { copy->append(part); });
    return unpack(std::move(copy), spill_dir_);
  }

 private:
  struct Member {
    std::uint64_t method, crc, packed, size;
    std::uint64_t data;  ///< where it begins
  };

  [[noreturn]] static void damaged(const FileBytes& zip, const std::string& what) {
    throw DataError(zip.name(), "not a whole archive (" + what + "); fetch or pack it again");
  }
  [[noreturn]] void fail(const std::string& what) const { throw DataError(name(), what); }

  struct Directory {
    std::uint64_t begin, size, members;
  };

  /// From the end mark, which a comment of up to 64 KiB may follow.
  static Directory directory(const FileBytes& zip) {
    const std::uint64_t tail_bytes = std::min<std::uint64_t>(zip.size(), kEndBytes + kFull16);
    const std::string tail = zip.read(zip.size() - tail_bytes, tail_bytes);
    std::size_t at = tail.rfind(kEndMark);
    while (at != std::string::npos && (tail.size() - at < kEndBytes ||
                                       number(tail, at + 20, 2) != tail.size() - at - kEndBytes))
      at = at == 0 ? std::string::npos : tail.rfind(kEndMark, at - 1);
    if (at == std::string::npos) damaged(zip, "there is no directory at its end");
    Directory found{number(tail, at + 16, 4), number(tail, at + 12, 4), number(tail, at + 10, 2)};
    if (number(tail, at + 4, 2) != number(tail, at + 6, 2)) damaged(zip, "it is one of several");
    if (at >= 20 && tail.compare(at - 20, 4, kLocator64) == 0) {
      const std::string end = zip.read(number(tail, at - 20 + 8, 8), 56);
      if (end.compare(0, 4, kEnd64Mark) != 0) damaged(zip, "its large directory is missing");
      found = {number(end, 48, 8), number(end, 40, 8), number(end, 32, 8)};
    }
    if (found.size > zip.size() || found.begin > zip.size() - found.size)
      damaged(zip, "its directory leads outside");
    return found;
  }

  static EntryList list(const FileBytes& zip) {
    EntryList entries;
    const Directory found = directory(zip);
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
        damaged(zip, "its directory is damaged");
      const std::uint64_t name_bytes = number(record, 28, 2);
      const std::uint64_t length =
          kRecordBytes + name_bytes + number(record, 30, 2) + number(record, 32, 2);
      if (length > record.size()) damaged(zip, "its directory is damaged");
      add(zip, record.substr(0, kRecordBytes), record.substr(kRecordBytes, name_bytes), at,
          entries);
      at += length;
    }
    if ((members & kFull16) != (found.members & kFull16)) damaged(zip, "members are missing");
    return entries;
  }

  static void add(const FileBytes& zip, std::string_view record, std::string_view raw,
                  std::uint64_t at, EntryList& entries) {
    const auto name = normalize_path(raw);
    if (!name)
      throw DataError(zip.name(), "the member '" + printable(raw) +
                                      "' is absolute or leads outside; pack it again without it");
    if (raw.empty() || raw.back() == '/' || is_hidden(*name)) return;
    constexpr std::uint64_t kUnix = 3;  // whose file types stand in the upper half
    const std::uint64_t type = number(record, 38, 4) >> 16U & S_IFMT;
    const bool regular = number(record, 5, 1) != kUnix || type == 0 || type == S_IFREG;
    entries.add({*name, at, regular, {}});
  }

  /// The record of an entry, and where its local header says the data begin.
  Member find(std::size_t entry) const {
    const std::uint64_t at = entries()[entry].place;
    const std::string record = zip_->read(at, kRecordBytes);
    if (record.compare(0, 4, kRecordMark) != 0) fail("changed while it was read; start again");
    if ((number(record, 8, 2) & 1U) != 0)
      fail("the member '" + printable(entries()[entry].name) + "' is encrypted; pack it again");
    Member member{number(record, 10, 2), number(record, 16, 4), number(record, 20, 4),
                  number(record, 24, 4), number(record, 42, 4)};
    const std::string extra =
        zip_->read(at + kRecordBytes + number(record, 28, 2), number(record, 30, 2));
    read_large_numbers(extra, {&member.size, &member.packed, &member.data});
    const std::string local = zip_->read(member.data, kLocalBytes);
    if (local.compare(0, 4, kLocalMark) != 0) damaged(*zip_, "a member is not where it should be");
    member.data += kLocalBytes + number(local, 26, 2) + number(local, 28, 2);
    return member;
  }

  /// Those that did not fit 32 bits stand in a field of the extra data, in this order.
  void read_large_numbers(std::string_view extra,
                          const std::vector<std::uint64_t*>& numbers) const {
    constexpr std::uint64_t kLarge = 1;
    while (extra.size() >= 4) {
      const std::uint64_t length = number(extra, 2, 2);
      if (length > extra.size() - 4) damaged(*zip_, "its directory is damaged");
      std::string_view field = extra.substr(4, length);
      for (std::uint64_t* value : numbers) {
        if (number(extra, 0, 2) != kLarge || *value != kFull32 || field.size() < 8) continue;
        *value = number(field, 0, 8);
        field.remove_prefix(8);
      }
      extra.remove_prefix(4 + length);
    }
  }

  /// Calls `take` with the content part by part; throws DataError if it is not what the directory
  /// says.
  template <typename TakePart>
  void unpack_member(const Member& member, const TakePart& take) const {
    constexpr std::uint64_t kStored = 0;
    constexpr std::uint64_t kDeflated = 8;
    if (member.method != kStored && member.method != kDeflated)
      fail("is packed by method " + std::to_string(member.method) +
           "; pack it again with deflate, or as it is");
    uLong crc = ::crc32(0, nullptr, 0);
    std::uint64_t size = 0;
    const auto deliver = [&](std::string_view part) {
      size += part.size();
      if (size > member.size) damaged(*zip_, "a member is longer than it says");
      crc =
          ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
      take(part);
    };
    member.method == kStored ? copy(member, deliver) : inflate(member, deliver);
    if (size != member.size) damaged(*zip_, "a member is shorter than it says");
    if (crc != member.crc) damaged(*zip_, "a member does not match its checksum");
  }

  template <typename Deliver>
  void copy(const Member& member, const Deliver& deliver) const {
    for (std::uint64_t at = 0; at < member.packed; at += kBlock) {
      check_stop();
      deliver(zip_->read(member.data + at, std::min(kBlock, member.packed - at)));
    }
  }

  template <typename Deliver>
  void inflate(const Member& member, const Deliver& deliver) const {
    z_stream stream{};
    if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error(name(), "no memory to unpack it");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::inflateEnd);
    std::string out(std::min<std::uint64_t>(kBlock, member.size + 1), '\0');
    int status = Z_OK;
    for (std::uint64_t at = 0; at < member.packed && status == Z_OK; at += kBlock) {
      check_stop();
      std::string in = zip_->read(member.data + at, std::min(kBlock, member.packed - at));
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
    if (status != Z_STREAM_END) damaged(*zip_, "a member is damaged");
  }

  std::unique_ptr<FileBytes> zip_;
  std::filesystem::path spill_dir_;
};

}  // namespace

bool is_zip(const std::string& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) < 4 || error) return false;
  const std::string mark = FileBytes(path).read(0, 4);
  return mark == kLocalMark || mark == kEndMark;
}

std::unique_ptr<Files> open_zip(const std::string& path, const std::filesystem::path& spill_dir) {
  return std::make_unique<ZipFiles>(std::make_unique<FileBytes>(path), spill_dir);
}

}  // namespace cs::source
