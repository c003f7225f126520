#include "source/images.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "source/classes.hpp"
#include "source/kinds.hpp"
#include "source/paths.hpp"
#include "source/refusal.hpp"
#include "source/tally.hpp"

namespace cs::source {
namespace {

bool is_image(const Entry& entry) {
  return is_image_name(entry.name) || formats::use_of(entry.kind) == formats::FileUse::kImage;
}

/// Labels by the first folders of names, unless no image is in a folder.
void label_by_folder(ImageFiles& images, const Operand& operand) {
  std::vector<std::string> names;
  std::string_view loose;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string_view folder = first_folder(images.name(i));
    if (folder.empty())
      loose = images.name(i);
    else if (names.empty() || names.back() != folder)
      names.emplace_back(folder);
  }
  if (!loose.empty() && !names.empty())
    throw DataError(images.files().name(), "'" + printable(loose) +
                                               "' is in no class folder, others are in '" +
                                               printable(names.front()) +
                                               "'; choose a prefix, move it, or pass `unlabeled`");
  if (names.empty()) return;
  const ClassIndex index(std::move(names));
  for (std::size_t i = 0; i < images.size(); ++i)
    images.set_label(i, index.label(first_folder(images.name(i))));
  images.set_classes(index.names());
  Tally empty(operand.options().most_named);
  for (const std::string& folder : images.folders_without_images()) empty.add(folder);
  if (empty.count() > 0)
    operand.remark("no class for " + empty.count_of("folder") +
                   " without images: " + empty.names());
}

bool recognize(Operand& operand) { return operand.is_container(); }

std::unique_ptr<Source> open(Operand& operand) {
  auto images = std::make_unique<ImageFiles>(operand);
  if (operand.options().labels) label_by_folder(*images, operand);
  return images;
}

}  // namespace

const Kind kImages = {recognize, open};

ImageFiles::ImageFiles(Operand& operand) : prefix_(operand.options().prefix) {
  if (!operand.is_container()) refuse_file(operand);
  files_ = operand.take_files();
  const EntryList& entries = files_->entries();
  if (entries.size() > std::numeric_limits<std::uint32_t>::max())
    throw DataError(files_->name(), "holds over 4,294,967,295 files; divide it");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry entry = entries[i];
    if (!under_prefix(entry.name, prefix_) || !is_image(entry)) continue;
    if (!entry.regular) refuse_irregular(entry.name);
    members_.push_back({static_cast<std::uint32_t>(i)});
  }
  if (members_.empty()) refuse_container(operand, *files_);
  std::sort(members_.begin(), members_.end(),
            [&](const Member& a, const Member& b) { return name_of(a) < name_of(b); });
  refuse_duplicates();
  remark_passed_over(operand);
}

Item ImageFiles::item(std::size_t index) const {
  const Member& member = members_.at(index);
  return {std::string(name_of(member)), member.label};
}

void ImageFiles::read(const std::vector<std::size_t>& wanted, const Take& take) const {
  std::vector<std::size_t> entries;
  entries.reserve(wanted.size());
  for (const std::size_t index : wanted) entries.push_back(members_.at(index).entry);
  files_->read(entries, take);
}

std::string_view ImageFiles::name(std::size_t index) const { return name_of(members_.at(index)); }

std::string_view ImageFiles::name_of(const Member& member) const {
  return *under_prefix(files_->entries()[member.entry].name, prefix_);
}

void ImageFiles::refuse_irregular(std::string_view name) const {
  throw DataError(files_->name(),
                  "'" + printable(name) +
                      "' is called like an image and is a link to nothing or no file; remove it, "
                      "or pack with the options dereference and hard-dereference of tar");
}

void ImageFiles::refuse_duplicates() const {
  const auto twice = std::adjacent_find(
      members_.begin(), members_.end(),
      [&](const Member& a, const Member& b) { return name_of(a) == name_of(b); });
  if (twice != members_.end())
    throw DataError(files_->name(),
                    "holds '" + printable(name_of(*twice)) + "' twice; pack it again");
}

void ImageFiles::remark_passed_over(const Operand& operand) {
  Tally others(operand.options().most_named);
  Tally hidden(operand.options().most_named);
  std::set<std::string, std::less<>> folders;
  for (std::size_t i = 0; i < files_->entries().size(); ++i) {
    const Entry entry = files_->entries()[i];
    const auto name = under_prefix(entry.name, prefix_);
    if (!name || is_image(entry) || is_class_name(*name) || is_listing_name(*name)) continue;
    others.add(*name);
    if (folders.find(first_folder(*name)) == folders.end()) folders.emplace(first_folder(*name));
  }
  for (std::size_t i = 0; i < files_->hidden().size(); ++i)
    if (const auto name = under_prefix(files_->hidden()[i].name, prefix_)) hidden.add(*name);
  if (others.count() > 0)
    operand.remark("passed over " + others.count_of("file") +
                   (others.count() == 1 ? " that is no image: " : " that are no images: ") +
                   others.names());
  if (hidden.count() > 0)
    operand.remark("passed over " + hidden.count_of("hidden file") + ": " + hidden.names());
  folders.erase("");
  for (const Member& member : members_) folders.erase(std::string(first_folder(name_of(member))));
  without_images_.assign(folders.begin(), folders.end());
}

}  // namespace cs::source
