#include "source/array_labels.hpp"

#include <utility>

#include "core/error.hpp"
#include "source/array_names.hpp"

namespace cs::source {
namespace {

/// What `error` says of the file `name`, without its name.
std::string without_subject(const DataError& error, const std::string& name) {
  const std::string text = error.what();
  const std::string subject = printable(name) + ": ";
  return text.compare(0, subject.size(), subject) == 0 ? text.substr(subject.size()) : text;
}

}  // namespace

NamedArrays::NamedArrays(const Files& files, const ArrayForm& form) : files_(files), form_(form) {
  for (std::size_t i = 0; i < files.entries().size(); ++i) {
    const Entry entry = files.entries()[i];
    if (!entry.regular) continue;
    const auto [at, is_new] = by_name_.emplace(folder_of(entry.name) + base_name(entry.name), i);
    // A plain file wins over a packed copy of it, whatever the order of the list.
    if (!is_new && entry.name < files.entries()[at->second].name) at->second = i;
  }
}

std::optional<std::size_t> NamedArrays::partner(std::size_t entry) const {
  return find_partner(entry, false);
}

std::optional<std::size_t> NamedArrays::find_partner(std::size_t entry,
                                                     bool must_say_labels) const {
  const std::string_view name = files_.entries()[entry].name;
  for (auto& [partner, says_labels] : partner_names(base_name(name))) {
    if (must_say_labels && !says_labels) continue;
    const std::string labels = form_.label_name == nullptr ? partner : form_.label_name(partner);
    const auto found = by_name_.find(folder_of(name) + labels);
    if (found != by_name_.end() && found->second != entry) return found->second;
  }
  return std::nullopt;
}

std::set<std::size_t> NamedArrays::called_labels_of_others() const {
  std::set<std::size_t> labels;
  if (form_.parse_labels == nullptr) return labels;
  for (const auto& [name, entry] : by_name_)
    if (form_.is_image_name(base_name(name)))
      if (const auto partner = find_partner(entry, true)) labels.insert(*partner);
  return labels;
}

void LabelFinder::label(formats::PixelArray& array, std::size_t entry) {
  used_.insert(entry);
  const auto partner = arrays_.partner(entry);
  if (partner) used_.insert(*partner);
  if (!operand_.options().labels || !array.labels.empty()) return;
  if (partner && arrays_.form().parse_labels != nullptr)
    array.labels = read_partner(array, entry, *partner);
  else if (!take_unnamed(array, entry))
    for (const auto& [name, other] : arrays_.by_name())
      if (used_.count(other) == 0 && mentions_labels(base_name(name)) &&
          folder_of(name) == folder_of(arrays_.files().entries()[entry].name))
        remark_unused(other, entry, "its name does not say that it is of these images");
}

std::vector<std::int32_t> LabelFinder::read_partner(const formats::PixelArray& array,
                                                    std::size_t entry, std::size_t partner) const {
  const auto file = arrays_.files().open(partner);
  std::vector<std::int32_t> labels;
  try {
    labels = arrays_.form().parse_labels(*file);
  } catch (const DataError& error) {
    throw DataError(file->name(), without_subject(error, file->name()) + ", or pass `unlabeled`");
  }
  if (labels.size() != array.count)
    throw DataError(arrays_.files().open(entry)->name(),
                    "holds " + std::to_string(array.count) + " images, the labels beside it are " +
                        std::to_string(labels.size()) + "; fetch both again, or pass `unlabeled`");
  return labels;
}

/// Takes the labels from a file that is just called labels; false if there is none that fits.
bool LabelFinder::take_unnamed(formats::PixelArray& array, std::size_t entry) {
  if (arrays_.form().parse_labels == nullptr) return false;
  const std::string folder = folder_of(arrays_.files().entries()[entry].name);
  for (const auto& [name, other] : arrays_.by_name()) {
    if (used_.count(other) > 0 || folder_of(name) != folder || !is_called_labels(base_name(name)))
      continue;
    if (!alone_) {
      remark_unused(other, entry, "it could be of any of several image files");
      continue;
    }
    const auto file = arrays_.files().open(other);
    try {
      std::vector<std::int32_t> labels = arrays_.form().parse_labels(*file);
      if (labels.size() == array.count) {
        used_.insert(other);
        array.labels = std::move(labels);
        return true;
      }
      remark_unused(other, entry,
                    "it holds " + std::to_string(labels.size()) + " labels, and there are " +
                        std::to_string(array.count) + " images");
    } catch (const DataError& error) {
      remark_unused(other, entry, "it " + without_subject(error, file->name()));
    }
  }
  return false;
}

void LabelFinder::remark_unused(std::size_t labels, std::size_t images, const std::string& why) {
  used_.insert(labels);
  const EntryList& entries = arrays_.files().entries();
  operand_.remark("'" + printable(entries[labels].name) + "' beside '" +
                  printable(entries[images].name) + "' is not used: " + why);
}

}  // namespace cs::source
