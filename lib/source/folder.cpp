#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop.hpp"
#include "source/files.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

namespace fs = std::filesystem;

/// Lists a folder, links included; a link back to a folder on the way down is an error.
class Walk {
 public:
  Walk(fs::path root, const std::string& from) : root_(std::move(root)) { visit(from); }
  Listing take_listing() { return std::move(listing_); }

 private:
  using Identity = std::pair<dev_t, ino_t>;

  static Identity identity(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) throw system_error(folder.string(), "cannot list");
    return {status.st_dev, status.st_ino};
  }

  void visit(const std::string& relative) {
    check_stop();
    const fs::path folder = root_ / relative;
    const Identity self = identity(folder);
    if (std::find(above_.begin(), above_.end(), self) != above_.end())
      throw DataError(folder.string(), "is a link to a folder above it; remove it");
    above_.push_back(self);
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error))
      add(*entries, relative);
    if (error)
      throw Error(folder.string(), "cannot list: " + error.message() + advice(error.value()));
    above_.pop_back();
  }

  void add(const fs::directory_entry& entry, const std::string& relative) {
    const std::string leaf = entry.path().filename().string();
    const std::string name = relative.empty() ? leaf : relative + "/" + leaf;
    if (leaf.front() == '.') return listing_.hide(name);
    std::error_code error;
    const fs::file_status status = entry.status(error);
    if (fs::is_directory(status)) return visit(name);
    const bool regular = fs::is_regular_file(status);
    listing_.entries.add({name, 0, regular, {}, regular ? kind_of(entry.path()) : kUnlooked});
  }

  static constexpr formats::FileKind kUnlooked = formats::FileKind::kUnknown;

  static formats::FileKind kind_of(const fs::path& path) {
    if (!needs_a_look(path.filename().string())) return kUnlooked;
    try {
      return formats::kind_of(FileBytes(path).head(formats::kHeadBytes), {});
    } catch (const Error&) {  // It cannot be read. It is passed over unless somebody wants it.
      return kUnlooked;
    }
  }

  fs::path root_;
  std::vector<Identity> above_;
  Listing listing_;
};

class FolderFiles : public Files {
 public:
  FolderFiles(const std::string& name, Listing listing, fs::path root, fs::path spill_dir)
      : Files(name, std::move(listing)), root_(std::move(root)), spill_dir_(std::move(spill_dir)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      take(position, read_file(path_of(wanted[position]), kMostFileBytes));
    }
  }

  std::unique_ptr<FileBytes> open(std::size_t entry) const override {
    return unpack(std::make_unique<FileBytes>(path_of(entry)), spill_dir_);
  }

 private:
  fs::path path_of(std::size_t entry) const { return root_ / entries()[entry].name; }

  fs::path root_;
  fs::path spill_dir_;
};

}  // namespace

std::unique_ptr<Files> open_folder(const std::string& folder, const std::string& prefix,
                                   const fs::path& spill_dir) {
  const bool has_prefix = !prefix.empty() && fs::is_directory(fs::path(folder) / prefix);
  auto listing = Walk(folder, has_prefix ? prefix : "").take_listing();
  return std::make_unique<FolderFiles>(folder, std::move(listing), folder, spill_dir);
}

std::unique_ptr<Files> open_file(const std::string& path, const fs::path& spill_dir) {
  const fs::path file(path);
  const fs::path folder = file.parent_path();
  Listing listing;
  listing.entries.add({file.filename().string(), 0, true, {}});
  std::error_code error;  // a folder that cannot be listed has no neighbors to offer
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error))
    if (entry.is_regular_file(error) && entry.path().filename() != file.filename())
      listing.entries.add({entry.path().filename().string(), 0, true, {}});
  return std::make_unique<FolderFiles>(path, std::move(listing), folder, spill_dir);
}

}  // namespace cs::source
