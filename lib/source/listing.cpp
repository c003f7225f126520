#include "source/listing.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "source/classes.hpp"

namespace cs::source {
namespace {

/// The extension in lower case, without its dot.
std::string extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return "";
  std::string extension(name.substr(dot + 1));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

/// What the files of one sample of a WebDataset share: the path up to the first dot of the last
/// part.
std::string_view key_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return name.substr(0, name.find('.', slash == std::string_view::npos ? 0 : slash));
}

std::string_view folder_class(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  const std::size_t end = text.find_last_not_of(kSpace);
  return std::string(text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin));
}

/// One image; its name is that of the entry, under the prefix.
struct Member {
  std::uint32_t entry = 0;
  std::int32_t label = -1;
};

/// The text of a NAME.cls, as its number among all texts.
struct ClassText {
  std::string_view key;  ///< NAME
  std::uint32_t text = 0;
};

/// The texts of all NAME.cls under a prefix; millions of files share a few texts.
class ClassTexts {
 public:
  ClassTexts(const Files& files, const std::string& prefix) {
    std::vector<std::size_t> unread;
    for (std::size_t i = 0; i < files.entries().size(); ++i) {
      const Entry entry = files.entries()[i];
      const auto name = under_prefix(entry.name, prefix);
      if (!name || !is_class_name(*name)) continue;
      if (entry.text.empty())
        unread.push_back(i);
      else
        add(*name, entry.text);
    }
    files.read(unread, [&](std::size_t position, std::string_view text) {
      add(*under_prefix(files.entries()[unread[position]].name, prefix),
          text.substr(0, EntryList::kMostText));
    });
    std::stable_sort(all_.begin(), all_.end(),
                     [](const ClassText& a, const ClassText& b) { return a.key < b.key; });
    std::vector<std::string> names;
    std::copy_if(texts_.begin(), texts_.end(), std::back_inserter(names),
                 [](const std::string& text) { return !text.empty(); });
    index_ = ClassIndex(std::move(names));
    for (const std::string& text : texts_) labels_.push_back(index_.label(text));
  }

  /// The class of the image `name`; nothing if there is no text, or an empty one.
  std::optional<std::int32_t> label(std::string_view name) const {
    const std::string_view key = key_of(name);
    const auto found =
        std::lower_bound(all_.begin(), all_.end(), key,
                         [](const ClassText& a, std::string_view b) { return a.key < b; });
    if (found == all_.end() || found->key != key || texts_[found->text].empty())
      return std::nullopt;
    return labels_[found->text];
  }
  const std::vector<std::string>& names() const { return index_.names(); }

 private:
  void add(std::string_view name, std::string_view text) {
    const std::string trim = trimmed(text);
    const auto [number, is_new] = numbers_.emplace(trim, texts_.size());
    if (is_new) texts_.push_back(trim);
    all_.push_back({key_of(name), number->second});
  }

  std::vector<ClassText> all_;  ///< by key
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> texts_;
  ClassIndex index_{{}};
  std::vector<std::int32_t> labels_;  ///< of each text
};

/// A list of encoded files.
class ImageFiles : public Source {
 public:
  ImageFiles(std::unique_ptr<Files> files, std::string prefix, ClassesFrom from)
      : files_(std::move(files)), prefix_(std::move(prefix)) {
    if (files_->entries().size() > std::numeric_limits<std::uint32_t>::max())
      throw DataError(files_->name(), "holds over 4,294,967,295 files; divide it");
    for (std::size_t i = 0; i < files_->entries().size(); ++i) add(i);
    if (members_.empty())
      throw DataError(files_->name(),
                      "holds no image" +
                          (prefix_.empty() ? "" : " under '" + printable(prefix_) + "'") +
                          " (looked for .jpg .jpeg .png .bmp .webp .ppm .tif .tiff); name "
                          "another source or prefix");
    std::sort(members_.begin(), members_.end(),
              [&](const Member& a, const Member& b) { return name_of(a) < name_of(b); });
    refuse_duplicates();
    if (from == ClassesFrom::kFolder) label_by_folder();
    if (from == ClassesFrom::kFile) label_by_file();
  }

  std::size_t size() const override { return members_.size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return true; }
  Item item(std::size_t index) const override {
    const Member& member = members_.at(index);
    return {std::string(name_of(member)), member.label};
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::vector<std::size_t> entries;
    entries.reserve(wanted.size());
    for (const std::size_t index : wanted) entries.push_back(members_.at(index).entry);
    files_->read(entries, take);
  }

 private:
  std::string_view name_of(const Member& member) const {
    return *under_prefix(files_->entries()[member.entry].name, prefix_);
  }

  void add(std::size_t index) {
    const Entry entry = files_->entries()[index];
    const auto name = under_prefix(entry.name, prefix_);
    if (!name || !is_image_name(*name)) return;
    if (!entry.regular)
      throw DataError(files_->name(),
                      "'" + printable(entry.name) +
                          "' is called like an image and is a link to nothing or no file; remove "
                          "it, or pack with the options dereference and hard-dereference of tar");
    members_.push_back({static_cast<std::uint32_t>(index)});
  }

  void refuse_duplicates() const {
    const auto twice = std::adjacent_find(
        members_.begin(), members_.end(),
        [&](const Member& a, const Member& b) { return name_of(a) == name_of(b); });
    if (twice != members_.end())
      throw DataError(files_->name(),
                      "holds '" + printable(name_of(*twice)) + "' twice; pack it again");
  }

  void label_by_folder() {
    const Member* loose = nullptr;
    std::vector<std::string> names;
    for (const Member& member : members_) {
      const std::string_view name = folder_class(name_of(member));
      if (name.empty())
        loose = &member;
      else if (names.empty() || names.back() != name)
        names.emplace_back(name);
    }
    if (loose != nullptr && !names.empty())
      throw DataError(files_->name(), "'" + printable(name_of(*loose)) +
                                          "' is in no class folder, others are in '" +
                                          printable(names.front()) +
                                          "'; choose a prefix, move it, or pass `unlabeled`");
    if (loose != nullptr) return;
    const ClassIndex index(names);
    for (Member& member : members_) member.label = index.label(folder_class(name_of(member)));
    classes_ = index.names();
  }

  void label_by_file() {
    const ClassTexts texts(*files_, prefix_);
    for (Member& member : members_) {
      const auto label = texts.label(name_of(member));
      if (!label)
        throw DataError(files_->name(), "'" + printable(name_of(member)) +
                                            "' has no class in a .cls beside it; pack it again, or "
                                            "pass `unlabeled`");
      member.label = *label;
    }
    classes_ = texts.names();
  }

  std::unique_ptr<Files> files_;
  std::string prefix_;
  std::vector<Member> members_;  ///< by name
  std::vector<std::string> classes_;
};

template <typename Is>
bool any_under(const Files& files, const std::string& prefix, const Is& is) {
  for (std::size_t i = 0; i < files.entries().size(); ++i) {
    const auto name = under_prefix(files.entries()[i].name, prefix);
    if (name && is(*name)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> normalize_path(std::string_view path) {
  if (!path.empty() && path.front() == '/') return std::nullopt;
  std::string normal;
  for (const std::string& part : split(path, '/')) {
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!normal.empty()) normal += '/';
    normal += part;
  }
  return normal;
}

std::string normalize_prefix(const std::string& prefix) {
  auto normal = normalize_path(prefix);
  if (!normal)
    throw UsageError("`prefix`", "'" + printable(prefix) + "' leads outside; give a folder inside");
  return *std::move(normal);
}

std::optional<std::string_view> under_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return path;
  if (path.size() <= prefix.size() || path[prefix.size()] != '/' ||
      path.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  return path.substr(prefix.size() + 1);
}

bool is_hidden(std::string_view name) {
  bool at_begin = true;  // of a part
  for (const char c : name) {
    if (at_begin && (c == '.' || c == '/')) return true;
    at_begin = c == '/';
  }
  return at_begin;
}

bool is_image_name(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kExtensions = {"jpg",  "jpeg", "png", "bmp",
                                                                  "webp", "ppm",  "tif", "tiff"};
  return !is_hidden(name) &&
         std::find(kExtensions.begin(), kExtensions.end(), extension_of(name)) != kExtensions.end();
}

bool is_class_name(std::string_view name) {
  return !is_hidden(name) && extension_of(name) == "cls";
}

bool has_images(const Files& files, const std::string& prefix) {
  return any_under(files, prefix, [](std::string_view name) { return is_image_name(name); });
}

bool has_class_files(const Files& files, const std::string& prefix) {
  return any_under(files, prefix, [](std::string_view name) { return is_class_name(name); });
}

std::unique_ptr<Source> open_images(std::unique_ptr<Files> files, const std::string& prefix,
                                    ClassesFrom classes) {
  return std::make_unique<ImageFiles>(std::move(files), prefix, classes);
}

}  // namespace cs::source
