#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "image/listing.hpp"
#include "image/spill.hpp"

namespace cs::image {
namespace {

/// One pass over a tar archive, member by member. Owns the libarchive handle.
class Tar {
 public:
  explicit Tar(std::string path) : path_(std::move(path)), handle_(archive_read_new()) {
    archive_read_support_format_tar(handle_.get());
    archive_read_support_filter_gzip(handle_.get());
    archive_read_support_filter_xz(handle_.get());
    archive_read_support_filter_zstd(handle_.get());
    constexpr std::size_t kBlock = std::size_t{1} << 20U;
    if (archive_read_open_filename(handle_.get(), path_.c_str(), kBlock) != ARCHIVE_OK) fail();
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

  /// Throws DataError unless the member, called like an image, is a file of a possible size.
  void check_file() const {
    const std::string quoted = "'" + printable(name()) + "'";
    if (archive_entry_filetype(entry_) != AE_IFREG || archive_entry_hardlink(entry_) != nullptr)
      throw DataError(path_,
                      "the member " + quoted +
                          " is a link or no file; pack with --dereference --hard-dereference");
    const auto size = static_cast<std::uint64_t>(archive_entry_size(entry_));
    if (size > kMostFileBytes)
      throw DataError(path_, "the member " + quoted + " is over 256 MiB; pack it again without it");
  }

  std::string content() {
    std::string bytes(static_cast<std::size_t>(archive_entry_size(entry_)), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const auto got = archive_read_data(handle_.get(), bytes.data() + done, bytes.size() - done);
      if (got < 0) fail();
      if (got == 0) throw DataError(path_, "'" + printable(name()) + "' is cut short");
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  struct Free {
    void operator()(archive* handle) const { archive_read_free(handle); }
  };

  [[noreturn]] void fail() const {
    const char* text = archive_error_string(handle_.get());
    throw DataError(path_, "not a whole tar archive (" + printable(text == nullptr ? "" : text) +
                               "); fetch or pack it again");
  }

  /// A tar cut between two members looks like a shorter one, but for the zeros at its end.
  void check_end() const {
    if (members_ == 0) return;
    if (archive_filter_code(handle_.get(), 0) != ARCHIVE_FILTER_NONE) return;
    std::ifstream file(path_, std::ios::binary);
    std::string tail(1024, 'x');
    file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
    file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    if (tail.find_first_not_of('\0') != std::string::npos)
      throw DataError(path_, "the tar archive has no end mark: it is cut short; fetch it again");
  }

  std::string path_;
  std::unique_ptr<archive, Free> handle_;
  archive_entry* entry_ = nullptr;
  std::uint64_t members_ = 0;
};

std::vector<Member> list_members(const std::string& path, const std::string& prefix) {
  std::vector<Member> members;
  Tar tar(path);
  for (std::uint64_t place = 0; tar.next(); ++place) {
    auto name = under_prefix(tar.name(), prefix);
    if (tar.is_folder() || !name || !is_image_name(*name)) continue;
    tar.check_file();
    members.push_back({*std::move(name), place});
  }
  return members;
}

class ArchiveSource : public ListedSource {
 public:
  ArchiveSource(Listing listing, std::string path, std::string prefix,
                std::filesystem::path spill_dir)
      : ListedSource(std::move(listing)),
        path_(std::move(path)),
        prefix_(std::move(prefix)),
        spill_dir_(std::move(spill_dir)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    Spill spill(spill_dir_);
    std::size_t next = 0;  // the position to deliver
    const auto deliver = [&](std::size_t position, const std::string& bytes) {
      if (position != next) return spill.put(position, bytes);
      take(next++, bytes);
      for (; spill.holds(next); ++next) take(next, spill.take(next));
    };
    pass(wanted, deliver);
  }

 private:
  /// Delivers what is wanted in the order of the archive.
  template <typename Deliver>
  void pass(const std::vector<std::size_t>& wanted, const Deliver& deliver) const {
    std::vector<std::pair<std::uint64_t, std::size_t>> places;  // in the archive, in wanted
    for (std::size_t position = 0; position < wanted.size(); ++position)
      places.emplace_back(member(wanted[position]).place, position);
    std::sort(places.begin(), places.end());
    Tar tar(path_);
    std::uint64_t passed = 0;
    for (auto at = places.begin(); at != places.end();) {
      const std::uint64_t place = at->first;
      const std::string& name = member(wanted[at->second]).name;
      bool found = true;
      for (; found && passed <= place; ++passed) found = tar.next();
      if (!found || under_prefix(tar.name(), prefix_) != name)
        throw DataError(path_, "changed while it was read; start again");
      tar.check_file();
      const std::string bytes = tar.content();
      for (; at != places.end() && at->first == place; ++at) deliver(at->second, bytes);
    }
  }

  std::string path_;
  std::string prefix_;
  std::filesystem::path spill_dir_;
};

}  // namespace

std::unique_ptr<Source> open_archive(const std::string& path, const std::string& prefix,
                                     const std::filesystem::path& spill_dir) {
  if (::access(path.c_str(), R_OK) != 0) throw system_error(path, "cannot open");
  return std::make_unique<ArchiveSource>(make_listing(path, prefix, list_members(path, prefix)),
                                         path, prefix, spill_dir);
}

}  // namespace cs::image
