#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop.hpp"
#include "image/listing.hpp"

namespace cs::image {
namespace {

namespace fs = std::filesystem;

/// Lists a folder, links included; a link back to a folder on the way down is an error.
class Walk {
 public:
  explicit Walk(fs::path root) : root_(std::move(root)) { visit(""); }
  std::vector<Member> take_members() { return std::move(members_); }

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
    if (error) throw Error(folder.string(), "cannot list: " + error.message());
    above_.pop_back();
  }

  void add(const fs::directory_entry& entry, const std::string& relative) {
    const std::string leaf = entry.path().filename().string();
    if (leaf.front() == '.') return;
    const std::string name = relative.empty() ? leaf : relative + "/" + leaf;
    std::error_code error;
    const fs::file_status status = entry.status(error);
    if (fs::is_directory(status)) return visit(name);
    if (!is_image_name(name)) return;
    if (!fs::is_regular_file(status))
      throw DataError(entry.path().string(), "is called like an image and is no file; remove it");
    members_.push_back({name});
  }

  fs::path root_;
  std::vector<Identity> above_;
  std::vector<Member> members_;
};

class FolderSource : public ListedSource {
 public:
  FolderSource(Listing listing, fs::path root)
      : ListedSource(std::move(listing)), root_(std::move(root)) {}

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      take(position, read_file(root_ / member(wanted[position]).name, kMostFileBytes));
    }
  }

 private:
  fs::path root_;
};

}  // namespace

std::unique_ptr<Source> open_folder(const std::string& folder, const std::string& prefix) {
  const fs::path root = prefix.empty() ? fs::path(folder) : fs::path(folder) / prefix;
  if (!fs::is_directory(root))
    throw DataError(folder, "has no folder '" + printable(prefix) + "'; choose another prefix");
  return std::make_unique<FolderSource>(make_listing(folder, prefix, Walk(root).take_members()),
                                        root);
}

}  // namespace cs::image
