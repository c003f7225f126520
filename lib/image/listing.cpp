#include "image/listing.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "image/classes.hpp"

namespace cs::image {
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

struct Member {
  std::string name;       ///< under the prefix
  std::size_t entry = 0;  ///< in the files
  std::int32_t label = -1;
};

/// A list of encoded files.
class ImageFiles : public Source {
 public:
  ImageFiles(std::unique_ptr<Files> files, const std::string& prefix, ClassesFrom from)
      : files_(std::move(files)) {
    for (std::size_t i = 0; i < files_->entries().size(); ++i) add(i, prefix);
    if (members_.empty())
      throw DataError(files_->name(),
                      "holds no image" +
                          (prefix.empty() ? "" : " under '" + printable(prefix) + "'") +
                          " (looked for .jpg .jpeg .png .bmp .webp .ppm .tif .tiff); name "
                          "another source or prefix");
    std::sort(members_.begin(), members_.end(),
              [](const Member& a, const Member& b) { return a.name < b.name; });
    refuse_duplicates();
    if (from == ClassesFrom::kFolder) label_by_folder();
    if (from == ClassesFrom::kFile) label_by_file(prefix);
  }

  std::size_t size() const override { return members_.size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return true; }
  Item item(std::size_t index) const override {
    const Member& member = members_.at(index);
    return {member.name, member.label};
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::vector<std::size_t> entries;
    entries.reserve(wanted.size());
    for (const std::size_t index : wanted) entries.push_back(members_.at(index).entry);
    files_->read(entries, take);
  }

 private:
  void add(std::size_t index, const std::string& prefix) {
    const Entry& entry = files_->entries()[index];
    const auto name = under_prefix(entry.name, prefix);
    if (!name || !is_image_name(*name)) return;
    if (!entry.regular)
      throw DataError(files_->name(),
                      "'" + printable(entry.name) +
                          "' is called like an image and is a link to nothing or no file; remove "
                          "it, or pack with --dereference --hard-dereference");
    members_.push_back({*name, index});
  }

  void refuse_duplicates() const {
    const auto twice =
        std::adjacent_find(members_.begin(), members_.end(),
                           [](const Member& a, const Member& b) { return a.name == b.name; });
    if (twice != members_.end())
      throw DataError(files_->name(),
                      "holds '" + printable(twice->name) + "' twice; pack it again");
  }

  void label_by_folder() {
    const Member* loose = nullptr;
    std::vector<std::string> names;
    for (const Member& member : members_) {
      const std::string_view name = folder_class(member.name);
      if (name.empty())
        loose = &member;
      else if (names.empty() || names.back() != name)
        names.emplace_back(name);
    }
    if (loose != nullptr && !names.empty())
      throw DataError(files_->name(), "'" + printable(loose->name) +
                                          "' is in no class folder, others are in '" +
                                          printable(names.front()) +
                                          "'; choose a prefix, move it, or pass --unlabeled");
    if (loose != nullptr) return;
    const ClassIndex index(names);
    for (Member& member : members_)
      member.label = index.label(std::string(folder_class(member.name)));
    classes_ = index.names();
  }

  /// The text of every NAME.cls, by NAME.
  std::map<std::string, std::string> class_texts(const std::string& prefix) const {
    std::map<std::string, std::string> texts;
    std::vector<std::size_t> unread;
    for (std::size_t i = 0; i < files_->entries().size(); ++i) {
      const Entry& entry = files_->entries()[i];
      const auto name = under_prefix(entry.name, prefix);
      if (!name || !is_class_name(*name)) continue;
      texts[std::string(key_of(*name))] = trimmed(entry.text);
      if (entry.text.empty()) unread.push_back(i);
    }
    files_->read(unread, [&](std::size_t position, std::string_view text) {
      const auto name = under_prefix(files_->entries()[unread[position]].name, prefix);
      texts[std::string(key_of(*name))] = trimmed(text.substr(0, 4096));
    });
    return texts;
  }

  void label_by_file(const std::string& prefix) {
    const auto texts = class_texts(prefix);
    std::vector<std::string> names;
    for (const auto& [key, text] : texts) names.push_back(text);
    const ClassIndex index(std::move(names));
    for (Member& member : members_) {
      const auto found = texts.find(std::string(key_of(member.name)));
      if (found == texts.end() || found->second.empty())
        throw DataError(files_->name(), "'" + printable(member.name) +
                                            "' has no class in a .cls beside it; pack it again, or "
                                            "pass --unlabeled");
      member.label = index.label(found->second);
    }
    classes_ = index.names();
  }

  std::unique_ptr<Files> files_;
  std::vector<Member> members_;
  std::vector<std::string> classes_;
};

template <typename Is>
bool any_under(const Files& files, const std::string& prefix, const Is& is) {
  return std::any_of(files.entries().begin(), files.entries().end(), [&](const Entry& entry) {
    const auto name = under_prefix(entry.name, prefix);
    return name && is(*name);
  });
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
    throw UsageError("--prefix", "'" + printable(prefix) + "' leads outside; give a folder inside");
  return *std::move(normal);
}

std::optional<std::string> under_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return std::string(path);
  if (path.size() <= prefix.size() || path[prefix.size()] != '/' ||
      path.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  return std::string(path.substr(prefix.size() + 1));
}

bool is_hidden(std::string_view name) {
  const std::vector<std::string> parts = split(name, '/');
  return std::any_of(parts.begin(), parts.end(),
                     [](const std::string& part) { return part.empty() || part.front() == '.'; });
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
  return any_under(files, prefix, [](const std::string& name) { return is_image_name(name); });
}

bool has_class_files(const Files& files, const std::string& prefix) {
  return any_under(files, prefix, [](const std::string& name) { return is_class_name(name); });
}

std::unique_ptr<Source> open_images(std::unique_ptr<Files> files, const std::string& prefix,
                                    ClassesFrom classes) {
  return std::make_unique<ImageFiles>(std::move(files), prefix, classes);
}

}  // namespace cs::image
