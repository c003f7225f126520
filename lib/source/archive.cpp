#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "source/files.hpp"
#include "source/listing.hpp"
#include "source/spill.hpp"

namespace cs::source {
namespace {

constexpr std::size_t kReadBlock = std::size_t{1} << 20U;

/// More than pixels of that many bytes, packed, can be: a guard against what only fills the disk.
std::uint64_t most_unpacked(std::uint64_t packed) {
  return (std::uint64_t{1} << 30U) + 100 * packed;
}

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<archive, FreeArchive>;

Handle new_handle() {
  Handle handle(archive_read_new());
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_xz(handle.get());
  archive_read_support_filter_zstd(handle.get());
  return handle;
}

Handle new_archive_handle() {
  Handle handle = new_handle();
  archive_read_support_format_tar(handle.get());
  // Else what follows the first end mark, as in `cat a.tar b.tar`, would be passed over in silence.
  archive_read_set_format_option(handle.get(), "tar", "read_concatenated_archives", "1");
  return handle;
}

std::string error_text(archive* handle) {
  const char* text = archive_error_string(handle);
  return printable(text == nullptr ? "" : text);
}

[[noreturn]] void refuse_bomb(const std::string& name) {
  throw DataError(
      name, "unpacks to over 1 GiB and 100 times its size; look into it, or unpack it yourself");
}

/// One pass over an archive, member by member.
class Archive {
 public:
  explicit Archive(std::string path) : path_(std::move(path)), handle_(new_archive_handle()) {
    if (archive_read_open_filename(handle_.get(), path_.c_str(), kReadBlock) != ARCHIVE_OK) fail();
  }

  /// Goes to the next member; false after the last.
  bool next() {
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

  /// The name of the member, normalized; throws DataError if it leads out of the archive.
  std::string name() const {
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

  bool is_folder() const { return archive_entry_filetype(entry_) == AE_IFDIR; }
  bool is_regular() const {
    return archive_entry_filetype(entry_) == AE_IFREG && archive_entry_hardlink(entry_) == nullptr;
  }

  /// Throws DataError if it is over `most` bytes, or damaged.
  std::string content(std::uint64_t most) {
    refuse_sparse();
    const auto size = static_cast<std::uint64_t>(archive_entry_size(entry_));
    if (size > most)
      throw DataError(path_, "the member '" + printable(name()) + "' is over " +
                                 std::to_string(most >> 10U) + " KiB; pack it again without it");
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::size_t got = data(bytes.data() + done, bytes.size() - done);
      if (got == 0) throw DataError(path_, "'" + printable(name()) + "' is cut short");
      done += got;
    }
    char more = 0;
    if (data(&more, 1) != 0)
      throw DataError(path_, "'" + printable(name()) + "' is longer than it says; pack it again");
    return bytes;
  }

  /// Throws DataError if it is over `most` bytes, or damaged.
  void copy_to(FileBytes& file, std::uint64_t most) {
    refuse_sparse();
    std::string block(kReadBlock, '\0');
    while (const std::size_t got = data(block.data(), block.size())) {
      check_stop();
      file.append(std::string_view(block).substr(0, got));
      if (file.size() > most) refuse_bomb(file.name());
    }
  }

 private:
  /// Holes cost nothing in an archive, and may be larger than any disk.
  void refuse_sparse() const {
    if (archive_entry_sparse_count(entry_) > 0)
      throw DataError(path_, "the member '" + printable(name()) +
                                 "' is a sparse file; pack it again as a plain one");
  }

  std::size_t data(char* to, std::size_t size) {
    const auto got = archive_read_data(handle_.get(), to, size);
    if (got < 0) fail();
    return static_cast<std::size_t>(got);
  }

  [[noreturn]] void fail() const {
    throw DataError(
        path_, "not a whole archive (" + error_text(handle_.get()) + "); fetch or pack it again");
  }

  /// A tar cut between two members looks like a shorter one, but for the zeros at its end.
  void check_end() const {
    if (members_ == 0 || archive_filter_code(handle_.get(), 0) != ARCHIVE_FILTER_NONE) return;
    if ((archive_format(handle_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR) return;
    std::ifstream file(path_, std::ios::binary);
    std::string tail(1024, 'x');
    file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
    file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    if (tail.find_first_not_of('\0') != std::string::npos)
      throw DataError(path_, "the tar archive has no end mark: it is cut short; fetch it again");
  }

  std::string path_;
  Handle handle_;
  archive_entry* entry_ = nullptr;
  std::uint64_t members_ = 0;
};

EntryList list_members(const std::string& path) {
  EntryList entries;
  Archive archive(path);
  for (std::uint64_t place = 0; archive.next(); ++place) {
    const std::string name = archive.name();
    if (archive.is_folder() || is_hidden(name)) continue;
    const bool regular = archive.is_regular();
    const bool has_class = regular && is_class_name(name);
    entries.add({name, place, regular, has_class ? archive.content(EntryList::kMostText) : ""});
  }
  return entries;
}

/// A tar.
class ArchiveFiles : public Files {
 public:
  ArchiveFiles(const std::string& path, std::filesystem::path spill_dir)
      : Files(path, list_members(path)), spill_dir_(std::move(spill_dir)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    Spill spill(spill_dir_);
    std::size_t next = 0;  // the position to deliver
    pass(wanted, [&](std::size_t position, const std::string& bytes) {
      if (position != next) return spill.put(position, bytes);
      take(next++, bytes);
      for (; spill.holds(next); ++next) take(next, spill.take(next));
    });
  }

  std::unique_ptr<FileBytes> open(std::size_t entry) const override {
    const Entry wanted = entries()[entry];
    Archive archive(name());
    go_to(archive, 0, wanted);
    auto copy = FileBytes::temporary(spill_dir_, name() + ":" + std::string(wanted.name));
    archive.copy_to(*copy, most_unpacked(std::filesystem::file_size(name())));
    return unpack(std::move(copy), spill_dir_);
  }

 private:
  /// From before member `passed` to `wanted`, which must still be there.
  void go_to(Archive& archive, std::uint64_t passed, const Entry& wanted) const {
    bool found = true;
    for (; found && passed <= wanted.place; ++passed) found = archive.next();
    if (!found || archive.name() != wanted.name || archive.is_regular() != wanted.regular)
      throw DataError(name(), "changed while it was read; start again");
  }

  /// Delivers what is wanted in the order of the archive.
  template <typename Deliver>
  void pass(const std::vector<std::size_t>& wanted, const Deliver& deliver) const {
    std::vector<std::pair<std::size_t, std::size_t>> order;  // entry, position in wanted
    for (std::size_t position = 0; position < wanted.size(); ++position)
      order.emplace_back(wanted[position], position);
    std::sort(order.begin(), order.end());  // entries stand in the order of their places
    Archive archive(name());
    std::uint64_t passed = 0;
    for (auto at = order.begin(); at != order.end();) {
      const std::size_t index = at->first;
      const Entry entry = entries()[index];
      go_to(archive, passed, entry);
      passed = entry.place + 1;
      const std::string bytes = archive.content(kMostFileBytes);
      for (; at != order.end() && at->first == index; ++at) deliver(at->second, bytes);
    }
  }

  std::filesystem::path spill_dir_;
};

bool is_packed(const FileBytes& file) {
  if (file.size() < 6) return false;
  const std::string magic = file.read(0, 6);
  return magic.compare(0, 2, "\x1F\x8B") == 0 || magic.compare(0, 4, "\x28\xB5\x2F\xFD") == 0 ||
         magic == std::string_view(
                      "\xFD"
                      "7zXZ\0",
                      6);
}

}  // namespace

bool is_archive(const std::string& path) {
  if (is_zip(path)) return true;
  const Handle handle = new_archive_handle();
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(handle.get(), path.c_str(), kReadBlock) != ARCHIVE_OK)
    return false;
  const int status = archive_read_next_header(handle.get(), &entry);
  return status == ARCHIVE_OK || status == ARCHIVE_WARN;  // zeros alone are an end of archive too
}

std::unique_ptr<Files> open_archive(const std::string& path,
                                    const std::filesystem::path& spill_dir) {
  if (is_zip(path)) return open_zip(path, spill_dir);
  return std::make_unique<ArchiveFiles>(path, spill_dir);
}

std::unique_ptr<FileBytes> unpack(std::unique_ptr<FileBytes> file,
                                  const std::filesystem::path& spill_dir, std::uint64_t most) {
  if (!is_packed(*file)) return file;
  if (most == 0) most = most_unpacked(file->size());
  const Handle handle = new_handle();
  archive_read_support_format_raw(handle.get());
  archive_entry* entry = nullptr;
  const auto check = [&](la_ssize_t status) {
    if (status < 0)
      throw DataError(file->name(),
                      "cannot be unpacked (" + error_text(handle.get()) + "); fetch it again");
  };
  check(archive_read_open_fd(handle.get(), file->descriptor(), kReadBlock));
  check(archive_read_next_header(handle.get(), &entry));
  if (archive_filter_code(handle.get(), 0) == ARCHIVE_FILTER_NONE)  // too short to be told
    throw DataError(file->name(), "is cut short; fetch it again");
  auto copy = FileBytes::temporary(spill_dir, file->name());
  std::string block(kReadBlock, '\0');
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
