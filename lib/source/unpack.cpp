#include "source/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "formats/file_kind.hpp"
#include "source/libarchive.hpp"

namespace cs::source {

bool is_packed(const FileBytes& file) {
  switch (formats::kind_of(file.head(formats::kHeadBytes), {})) {
    case formats::FileKind::kGzip:
    case formats::FileKind::kXz:
    case formats::FileKind::kZstd:
      return true;
    default:
      return false;
  }
}

std::uint64_t most_unpacked(std::uint64_t packed) {
  return (std::uint64_t{1} << 30U) + 100 * packed;
}

void refuse_bomb(const std::string& name) {
  throw DataError(
      name, "unpacks to over 1 GiB and 100 times its size; look into it, or unpack it yourself");
}

std::unique_ptr<FileBytes> unpack(std::unique_ptr<FileBytes> file,
                                  const std::filesystem::path& spill_dir, std::uint64_t most) {
  if (!is_packed(*file)) return file;
  if (most == 0) most = most_unpacked(file->size());
  const ArchiveHandle handle = new_archive_handle();
  archive_read_support_format_raw(handle.get());
  archive_entry* entry = nullptr;
  const auto check = [&](la_ssize_t status) {
    if (status < 0)
      throw DataError(file->name(),
                      "cannot be unpacked (" + error_text(handle.get()) + "); fetch it again");
  };
  check(archive_read_open_fd(handle.get(), file->descriptor(), kArchiveBlock));
  check(archive_read_next_header(handle.get(), &entry));
  if (archive_filter_code(handle.get(), 0) == ARCHIVE_FILTER_NONE)  // too short to be told
    throw DataError(file->name(), "is cut short; fetch it again");
  auto copy = FileBytes::temporary(spill_dir, file->name());
  std::string block(kArchiveBlock, '\0');
  for (la_ssize_t got = 1; got > 0;) {
    check_stop();
    got = archive_read_data(handle.get(), block.data(), block.size());
    check(got);
    copy->append(std::string_view(block).substr(0, static_cast<std::size_t>(got)));
    if (copy->size() > most) refuse_bomb(file->name());
  }
  return copy;
}

}  // namespace cs::source
