#include "source/kinds.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "source/classes.hpp"
#include "source/images.hpp"
#include "source/paths.hpp"

namespace cs::source {
namespace {

/// What the files of one sample share: the path up to the first dot of the last part.
std::string_view key_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return name.substr(0, name.find('.', slash == std::string_view::npos ? 0 : slash));
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  const std::size_t end = text.find_last_not_of(kSpace);
  return std::string(text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin));
}

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
                     [](const Text& a, const Text& b) { return a.key < b.key; });
    std::vector<std::string> names;
    std::copy_if(texts_.begin(), texts_.end(), std::back_inserter(names),
                 [](const std::string& text) { return !text.empty(); });
    index_ = ClassIndex(std::move(names));
    for (const std::string& text : texts_) labels_.push_back(index_.label(text));
  }

  /// The class of the image `name`; nothing if there is no text, or an empty one.
  std::optional<std::int32_t> label(std::string_view name) const {
    const std::string_view key = key_of(name);
    const auto found = std::lower_bound(
        all_.begin(), all_.end(), key, [](const Text& a, std::string_view b) { return a.key < b; });
    if (found == all_.end() || found->key != key || texts_[found->number].empty())
      return std::nullopt;
    return labels_[found->number];
  }
  const std::vector<std::string>& names() const { return index_.names(); }

 private:
  /// The text of a NAME.cls.
  struct Text {
    std::string_view key;      ///< NAME
    std::uint32_t number = 0;  ///< in texts_
  };

  void add(std::string_view name, std::string_view text) {
    const std::string trim = trimmed(text);
    const auto [number, is_new] = numbers_.emplace(trim, texts_.size());
    if (is_new) texts_.push_back(trim);
    all_.push_back({key_of(name), number->second});
  }

  std::vector<Text> all_;  ///< by key
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> texts_;
  ClassIndex index_{{}};
  std::vector<std::int32_t> labels_;  ///< of each text
};

bool recognize(Operand& operand) {
  if (!operand.is_container() || !operand.options().labels) return false;
  const EntryList& entries = operand.files().entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto name = under_prefix(entries[i].name, operand.options().prefix);
    if (name && is_class_name(*name)) return true;
  }
  return false;
}

std::unique_ptr<Source> open(Operand& operand) {
  auto images = std::make_unique<ImageFiles>(operand);
  if (!operand.options().labels) return images;
  const ClassTexts texts(images->files(), operand.options().prefix);
  for (std::size_t i = 0; i < images->size(); ++i) {
    const auto label = texts.label(images->name(i));
    if (!label)
      throw DataError(images->files().name(),
                      "'" + printable(images->name(i)) +
                          "' has no class in a .cls beside it; pack it again, or pass `unlabeled`");
    images->set_label(i, *label);
  }
  images->set_classes(texts.names());
  return images;
}

}  // namespace

const Kind kWebDataset = {recognize, open};

}  // namespace cs::source
