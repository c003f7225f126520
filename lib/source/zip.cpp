#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "formats/zip_member.hpp"
#include "source/files.hpp"
#include "source/paths.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

/// The first bytes of the member whose record stands at `at`; none if they cannot be had.
std::string head_of(const FileBytes& zip, std::uint64_t at) try {
  return formats::zip_member_head(zip, formats::zip_member(zip, at), formats::kHeadBytes);
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
      formats::unpack_zip_member(*zip_, member, [&](std::string_view part) { bytes += part; });
      take(position, bytes);
    }
  }

  std::unique_ptr<FileBytes> open(std::size_t entry) const override {
    const formats::ZipMember member = find(entry);
    auto file = FileBytes::temporary(spill_dir_, name() + ":" + std::string(entries()[entry].name));
    formats::unpack_zip_member(*zip_, member, [&](std::string_view part) { file->append(part); });
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
