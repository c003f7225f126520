#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "source/files.hpp"
#include "source/libarchive.hpp"
#include "source/paths.hpp"
#include "source/spill.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

Listing list_members(const std::string& path) {
  Listing listing;
  TarReader tar(path);
  for (std::uint64_t place = 0; tar.next(); ++place) {
    const std::string name = tar.name();
    if (tar.is_folder()) continue;
    if (is_hidden(name)) {
      listing.hide(name);
      continue;
    }
    Entry entry{name, place, tar.is_regular()};
    std::string text;
    if (entry.regular && is_class_name(name))
      entry.text = text = tar.content(EntryList::kMostText);
    else if (entry.regular && needs_a_look(name))
      entry.kind = formats::kind_of(tar.head(formats::kHeadBytes), {});
    listing.entries.add(entry);
  }
  return listing;
}

/// A tar is read from its beginning, whatever is wanted of it.
class TarFiles : public Files {
 public:
  TarFiles(const std::string& path, std::filesystem::path spill_dir)
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
    TarReader tar(name());
    go_to(tar, 0, wanted);
    auto copy = FileBytes::temporary(spill_dir_, name() + ":" + std::string(wanted.name));
    tar.copy_to(*copy, most_unpacked(std::filesystem::file_size(name())));
    return unpack(std::move(copy), spill_dir_);
  }

 private:
  /// From before member `passed` to `wanted`, which must still be there.
  void go_to(TarReader& tar, std::uint64_t passed, const Entry& wanted) const {
    bool found = true;
    for (; found && passed <= wanted.place; ++passed) found = tar.next();
    if (!found || tar.name() != wanted.name || tar.is_regular() != wanted.regular)
      throw DataError(name(), "changed while it was read; start again");
  }

  /// Delivers what is wanted in the order of the archive.
  template <typename Deliver>
  void pass(const std::vector<std::size_t>& wanted, const Deliver& deliver) const {
    std::vector<std::pair<std::size_t, std::size_t>> order;  // entry, position in wanted
    for (std::size_t position = 0; position < wanted.size(); ++position)
      order.emplace_back(wanted[position], position);
    std::sort(order.begin(), order.end());  // entries stand in the order of their places
    TarReader tar(name());
    std::uint64_t passed = 0;
    for (auto at = order.begin(); at != order.end();) {
      const std::size_t index = at->first;
      const Entry entry = entries()[index];
      go_to(tar, passed, entry);
      passed = entry.place + 1;
      const std::string bytes = tar.content(kMostFileBytes);
      for (; at != order.end() && at->first == index; ++at) deliver(at->second, bytes);
    }
  }

  std::filesystem::path spill_dir_;
};

}  // namespace

std::unique_ptr<Files> open_tar(const std::string& path, const std::filesystem::path& spill_dir) {
  return std::make_unique<TarFiles>(path, spill_dir);
}

}  // namespace cs::source
