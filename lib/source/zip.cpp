#include <zlib.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "formats/zip_directory.hpp"
#include "source/files.hpp"
#include "source/paths.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

constexpr std::uint64_t kBlock = std::uint64_t{1} << 20U;
constexpr std::uint64_t kStored = 0, kDeflated = 8;

/// The packed bytes of a member, as they are.
template <typename Deliver>
void copy(const FileBytes& zip, const formats::ZipMember& member, const Deliver& deliver) {
  for (std::uint64_t at = 0; at < member.packed; at += kBlock) {
    check_stop();
    deliver(zip.read(member.data + at, std::min(kBlock, member.packed - at)));
  }
}

/// The packed bytes of a member, inflated.
template <typename Deliver>
void inflate(const FileBytes& zip, const formats::ZipMember& member, const Deliver& deliver) {
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
  if (status != Z_STREAM_END) formats::refuse_damaged_zip(zip, "a member is damaged");
}

/// Calls `take` with the content part by part; throws DataError if it is not what the directory
/// says.
template <typename TakePart>
void unpack_member(const FileBytes& zip, const formats::ZipMember& member, const TakePart& take) {
  if (member.method != kStored && member.method != kDeflated)
    throw DataError(zip.name(), "is packed by method " + std::to_string(member.method) +
                                    "; pack it again with deflate, or as it is");
  uLong crc = ::crc32(0, nullptr, 0);
  std::uint64_t size = 0;
  const auto deliver = [&](std::string_view part) {
    size += part.size();
    if (size > member.size) formats::refuse_damaged_zip(zip, "a member is longer than it says");
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    take(part);
  };
  member.method == kStored ? copy(zip, member, deliver) : inflate(zip, member, deliver);
  if (size != member.size) formats::refuse_damaged_zip(zip, "a member is shorter than it says");
  if (crc != member.crc) formats::refuse_damaged_zip(zip, "a member does not match its checksum");
}

/// The first bytes of the member whose record stands at `at`; none if they cannot be had.
std::string head_of(const FileBytes& zip, std::uint64_t at) try {
  formats::ZipMember member = formats::zip_member(zip, at);
  if (member.encrypted) return "";
  std::string packed =
      zip.read(member.data, std::min<std::uint64_t>(member.packed, formats::kHeadBytes));
  if (member.method == kStored) return packed;
  if (member.method != kDeflated) return "";
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) return "";
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, ::inflateEnd);
  std::string head(formats::kHeadBytes, '\0');
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

Listing list(const FileBytes& zip) {
  Listing listing;
  formats::for_each_zip_record(zip, [&](std::uint64_t at, std::string_view raw, bool regular) {
    const auto name = normalize_path(raw);
    if (!name)
      throw DataError(zip.name(), "the member '" + printable(raw) +
                                      "' is absolute or leads outside; pack it again without it");
    if (raw.empty() || raw.back() == '/') return;
    if (is_hidden(*name)) return listing.hide(*name);
    Entry entry{*name, at, regular};
    if (regular && needs_a_look(*name)) {
      const std::string head = head_of(zip, at);
      if (!head.empty()) entry.kind = formats::kind_of(head, {});
    }
    listing.entries.add(entry);
  });
  return listing;
}

/// A zip archive. Nothing but names stays in memory: a member's place is where its record stands in
/// the directory.
class ZipFiles : public Files {
 public:
  ZipFiles(std::unique_ptr<FileBytes> zip, std::filesystem::path spill_dir)
      : Files(zip->name(), list(*zip)), zip_(std::move(zip)), spill_dir_(std::move(spill_dir)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      const formats::ZipMember member = find(wanted[position]);
      if (member.size > kMostFileBytes)
        throw DataError(name(), "the member '" + printable(entries()[wanted[position]].name) +
                                    "' is over 256 MiB; pack it again without it");
      std::string bytes;
      bytes.reserve(member.size);
      unpack_member(*zip_, member, [&](std::string_view part) { bytes += part; });
      take(position, bytes);
    }
  }

  std::unique_ptr<FileBytes> open(std::size_t entry) const override {
    const formats::ZipMember member = find(entry);
    auto file = FileBytes::temporary(spill_dir_, name() + ":" + std::string(entries()[entry].name));
    unpack_member(*zip_, member, [&](std::string_view part) { file->append(part); });
    return unpack(std::move(file), spill_dir_);
  }

 private:
  formats::ZipMember find(std::size_t entry) const {
    const formats::ZipMember member = formats::zip_member(*zip_, entries()[entry].place);
    if (member.encrypted)
      throw DataError(name(), "the member '" + printable(entries()[entry].name) +
                                  "' is encrypted; pack it again");
    return member;
  }

  std::unique_ptr<FileBytes> zip_;
  std::filesystem::path spill_dir_;
};

}  // namespace

bool is_zip(const std::string& path) {
  constexpr std::string_view kMember("PK\3\4", 4);
  constexpr std::string_view kEmpty("PK\5\6", 4);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const std::string mark = FileBytes(path).head(4);
  return mark == kMember || mark == kEmpty;
}

std::unique_ptr<Files> open_zip(const std::string& path, const std::filesystem::path& spill_dir) {
  return std::make_unique<ZipFiles>(std::make_unique<FileBytes>(path), spill_dir);
}

}  // namespace cs::source
