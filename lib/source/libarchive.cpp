#include "source/libarchive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "source/paths.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

ArchiveHandle new_tar_handle() {
  ArchiveHandle handle = new_archive_handle();
  archive_read_support_format_tar(handle.get());
  // Else what follows the first end mark, as in `cat a.tar b.tar`, would be passed over in silence.
  archive_read_set_format_option(handle.get(), "tar", "read_concatenated_archives", "1");
  return handle;
}

}  // namespace

void FreeArchive::operator()(archive* handle) const { archive_read_free(handle); }

ArchiveHandle new_archive_handle() {
  ArchiveHandle handle(archive_read_new());
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_xz(handle.get());
  archive_read_support_filter_zstd(handle.get());
  return handle;
}

std::string error_text(archive* handle) {
  const char* text = archive_error_string(handle);
  return printable(text == nullptr ? "" : text);
}

bool is_tar(const std::string& path) {
  const ArchiveHandle handle = new_tar_handle();
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(handle.get(), path.c_str(), kArchiveBlock) != ARCHIVE_OK)
    return false;
  const int status = archive_read_next_header(handle.get(), &entry);
  return status == ARCHIVE_OK || status == ARCHIVE_WARN;  // zeros alone are an end of archive too
}

TarReader::TarReader(std::string path) : path_(std::move(path)), handle_(new_tar_handle()) {
  if (archive_read_open_filename(handle_.get(), path_.c_str(), kArchiveBlock) != ARCHIVE_OK) fail();
}

bool TarReader::next() {
  check_stop();
  const int status = archive_read_next_header(handle_.get(), &entry_);
  if (status == ARCHIVE_EOF) {
    check_end();
    return false;
  }
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail();
  ++members_;
  return true;
}

std::string TarReader::name() const {
  const char* raw = archive_entry_pathname(entry_);
  // A name in UTF-8 is not convertible in the C locale, which is no fault of the name.
  if (raw == nullptr) raw = archive_entry_pathname_utf8(entry_);
  if (raw == nullptr) throw DataError(path_, "holds a member without a name; pack it again");
  const auto normal = normalize_path(raw);
  if (!normal)
    throw DataError(path_, "the member '" + printable(raw) +
                               "' is absolute or leads outside; pack it again without it");
  return *normal;
}

bool TarReader::is_folder() const { return archive_entry_filetype(entry_) == AE_IFDIR; }

bool TarReader::is_regular() const {
  return archive_entry_filetype(entry_) == AE_IFREG && archive_entry_hardlink(entry_) == nullptr;
}

std::string TarReader::content(std::uint64_t most) {
  refuse_sparse();
  const auto size = static_cast<std::uint64_t>(archive_entry_size(entry_));
  if (size > most)
    throw DataError(path_, "the member '" + printable(name()) + "' is over " +
                               std::to_string(most >> 10U) + " KiB; pack it again without it");
  std::string bytes = head(size);
  if (bytes.size() < size) throw DataError(path_, "'" + printable(name()) + "' is cut short");
  char more = 0;
  if (data(&more, 1) != 0)
    throw DataError(path_, "'" + printable(name()) + "' is longer than it says; pack it again");
  return bytes;
}

std::string TarReader::head(std::size_t most) {
  std::string bytes(most, '\0');
  std::size_t done = 0;
  for (std::size_t got = 1; done < most && got > 0; done += got)
    got = data(bytes.data() + done, most - done);
  bytes.resize(done);
  return bytes;
}

void TarReader::copy_to(FileBytes& file, std::uint64_t most) {
  refuse_sparse();
  std::string block(kArchiveBlock, '\0');
  while (const std::size_t got = data(block.data(), block.size())) {
    check_stop();
    file.append(std::string_view(block).substr(0, got));
    if (file.size() > most) refuse_bomb(file.name());
  }
}

/// Holes cost nothing in an archive, and may be larger than any disk.
void TarReader::refuse_sparse() const {
  if (archive_entry_sparse_count(entry_) > 0)
    throw DataError(path_, "the member '" + printable(name()) +
                               "' is a sparse file; pack it again as a plain one");
}

std::size_t TarReader::data(char* to, std::size_t size) {
  const auto got = archive_read_data(handle_.get(), to, size);
  if (got < 0) fail();
  return static_cast<std::size_t>(got);
}

void TarReader::fail() const {
  throw DataError(
      path_, "not a whole archive (" + error_text(handle_.get()) + "); fetch or pack it again");
}

/// A tar cut between two members looks like a shorter one, but for the zeros at its end.
void TarReader::check_end() const {
  if (members_ == 0 || archive_filter_code(handle_.get(), 0) != ARCHIVE_FILTER_NONE) return;
  if ((archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR) return;
  std::ifstream file(path_, std::ios::binary);
  std::string tail(1024, 'x');
  file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  if (tail.find_first_not_of('\0') != std::string::npos)
    throw DataError(path_, "the tar archive has no end mark: it is cut short; fetch it again");
}

}  // namespace cs::source
