#include "source/arrays.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <utility>

#include "codec/header.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "source/array_labels.hpp"
#include "source/array_names.hpp"
#include "source/array_source.hpp"
#include "source/tally.hpp"

namespace cs::source {
namespace {

/// Image files by their names in order; without packed copies of plain ones, labels, and arrays of
/// other shapes.
std::vector<std::size_t> find_image_files(const NamedArrays& arrays, const ArrayForm& form) {
  const std::set<std::size_t> labels = arrays.called_labels_of_others();
  std::vector<std::size_t> found;
  std::exception_ptr failure;  // of a file that is not of the form
  for (const auto& [name, entry] : arrays.by_name()) {
    if (!form.is_image_name(base_name(name)) || labels.count(entry) > 0) continue;
    try {
      if (form.may_hold_images == nullptr || arrays.by_name().size() == 1 ||
          form.may_hold_images(*arrays.files().open(entry)))
        found.push_back(entry);
    } catch (const DataError&) {
      failure = std::current_exception();
    }
  }
  if (found.empty() && failure) std::rethrow_exception(failure);
  return found;
}

ArrayPart open_part(const ArrayForm& form, const std::string& split,
                    std::unique_ptr<FileBytes> file) {
  ArrayPart part{split, std::move(file), {}};
  part.array = form.parse_images(*part.file);
  if (part.array.image_bytes() > 3 * codec::kMostPixels)
    throw DataError(part.file->name(), "has images of over 64 Mi pixels; shrink them");
  return part;
}

std::vector<std::string> lines_of(const FileBytes& text) {
  constexpr std::uint64_t kMostText = 1U << 20U;
  std::vector<std::string> lines;
  for (std::string line : split(text.head(kMostText), '\n')) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

/// From the text file that comes with the data set, else as everybody knows them.
std::vector<std::string> known_names(const NamedArrays& arrays, const ArrayForm& form) {
  for (const auto& [name, entry] : arrays.by_name())
    if (form.class_list != nullptr && base_name(name) == form.class_list)
      return lines_of(*arrays.files().open(entry));
  return form.known_classes;
}

std::vector<std::string> class_names(const NamedArrays& arrays, const ArrayForm& form,
                                     const std::vector<ArrayPart>& parts) {
  std::int32_t highest = -1;
  for (const ArrayPart& part : parts)
    for (const std::int32_t label : part.array.labels) highest = std::max(highest, label);
  if (highest < 0) return {};
  std::vector<std::string> names = known_names(arrays, form);
  if (static_cast<std::size_t>(highest) < names.size()) return names;
  names.clear();
  for (std::int32_t i = 0; i <= highest; ++i) names.push_back(std::to_string(i));
  return names;
}

/// The parts of one split, without it in their names.
std::vector<ArrayPart> only(std::vector<ArrayPart> all, const std::string& split,
                            const std::string& subject) {
  std::vector<ArrayPart> parts;
  std::set<std::string> splits;
  for (ArrayPart& part : all) {
    splits.insert(part.split);
    if (part.split == split) parts.push_back(std::move(part));
  }
  std::string names;
  for (const std::string& name : splits) names += " '" + name + "'";
  if (parts.empty())
    throw DataError(
        subject, "holds no '" + printable(split) + "', only" + names + "; choose another prefix");
  for (ArrayPart& part : parts) part.split.clear();
  return parts;
}

/// The image files in order of their splits.
std::vector<std::pair<std::string, std::size_t>> by_split(const NamedArrays& arrays,
                                                          const ArrayForm& form) {
  std::map<std::string, std::vector<std::size_t>> splits;
  const EntryList& entries = arrays.files().entries();
  for (const std::size_t entry : find_image_files(arrays, form))
    splits[split_of(base_name(entries[entry].name))].push_back(entry);
  std::vector<std::pair<std::string, std::size_t>> all;
  for (const auto& [split, members] : splits) {
    if (members.size() > 1 && !form.in_batches)
      throw DataError(arrays.files().name(), "holds several image files that could be one set: '" +
                                                 printable(entries[members[0]].name) + "' and '" +
                                                 printable(entries[members[1]].name) +
                                                 "'; name one of them");
    for (const std::size_t entry : members) all.emplace_back(split, entry);
  }
  if (all.empty())
    throw DataError(arrays.files().name(), "holds no image file of this kind; name another");
  return all;
}

/// Arrays that are neither images nor labels.
void remark_passed_over(const NamedArrays& arrays, const ArrayForm& form, const Operand& operand,
                        const std::set<std::size_t>& used) {
  Tally others(operand.options().most_named);
  for (const auto& [name, entry] : arrays.by_name())
    if (form.is_image_name(base_name(name)) && used.count(entry) == 0 &&
        (operand.options().labels || !mentions_labels(base_name(name))))
      others.add(name);
  if (others.count() > 0)
    operand.remark("passed over " + others.count_of("array") +
                   (others.count() == 1 ? " that holds no images: " : " that hold no images: ") +
                   others.names());
}

}  // namespace

bool recognize_arrays(Operand& operand, const ArrayForm& form) {
  if (!operand.is_container()) return form.is_content(operand.content(), base_name(operand.text()));
  if (operand.has_image_names()) return false;
  const EntryList& entries = operand.files().entries();
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].regular && form.is_image_name(base_name(entries[i].name))) return true;
  return false;
}

std::unique_ptr<Source> open_arrays(Operand& operand, const ArrayForm& form) {
  const std::string& prefix = operand.options().prefix;
  const bool is_one_file = !operand.is_container();
  if (is_one_file && !prefix.empty())
    throw UsageError("`prefix`", "one file of images has no folders; leave it out");
  const NamedArrays arrays(operand.files(), form);
  std::vector<std::pair<std::string, std::size_t>> found;
  if (is_one_file)
    found.emplace_back("", 0);
  else
    found = by_split(arrays, form);
  std::vector<ArrayPart> parts;
  parts.reserve(found.size());
  for (const auto& [split, entry] : found)
    parts.push_back(
        open_part(form, split, is_one_file ? operand.take_content() : arrays.files().open(entry)));
  LabelFinder finder(arrays, operand, found.size() == 1);
  for (std::size_t i = 0; i < parts.size(); ++i) finder.label(parts[i].array, found[i].second);
  if (!is_one_file) remark_passed_over(arrays, form, operand, finder.used());
  auto classes = class_names(arrays, form, parts);
  if (!prefix.empty()) parts = only(std::move(parts), prefix, arrays.files().name());
  return std::make_unique<ArraySource>(std::move(parts), std::move(classes));
}

}  // namespace cs::source
