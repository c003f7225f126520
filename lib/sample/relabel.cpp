#include "sample/relabel.hpp"

#include <algorithm>
#include <map>
#include <opencv2/core/mat.hpp>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "source/classes.hpp"
#include "source/with_labels.hpp"

namespace cs::sample {
namespace {

/// What printable() made `text` of.
std::string from_listing(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.substr(i, 2) == "\\x" && i + 3 < text.size();
    const std::size_t high = escape ? kDigits.find(text[i + 2]) : std::string_view::npos;
    const std::size_t low = escape ? kDigits.find(text[i + 3]) : std::string_view::npos;
    if (high == std::string_view::npos || low == std::string_view::npos) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 3;
    }
  }
  return out;
}

[[noreturn]] void refuse_two(const RecordTable& table, std::string_view subject) {
  throw DataError(table.file(), "gives '" + printable(subject) + "' two classes; keep one");
}

/// Where `name` is in `classes`; -1 if it is not.
std::int32_t label_of(const std::vector<std::string>& classes, const std::string& name) {
  const auto at = std::find(classes.begin(), classes.end(), name);
  return at == classes.end() ? -1 : static_cast<std::int32_t>(at - classes.begin());
}

std::vector<std::int32_t> labels_of(const std::vector<std::string>& classes,
                                    const std::vector<std::string>& names) {
  std::vector<std::int32_t> labels;
  labels.reserve(names.size());
  for (const std::string& name : names) labels.push_back(label_of(classes, name));
  return labels;
}

std::vector<std::string> without_empty(std::vector<std::string> names) {
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  return names;
}

std::unique_ptr<source::Source> relabel_classes(std::unique_ptr<source::Source> source,
                                                const RecordTable& table) {
  const std::vector<std::string> old = source->classes();
  std::vector<std::string> renamed = old;
  std::map<std::string, std::string, std::less<>> given;
  const std::size_t from = table.column("class");
  const std::size_t to = table.column("new");
  table.each([&](const RecordTable::Row& row) {
    const auto [at, is_new] = given.emplace(row[from], from_listing(row[to]));
    if (!is_new && at->second != from_listing(row[to])) refuse_two(table, row[from]);
    const std::int32_t label = label_of(old, from_listing(row[from]));
    if (label < 0)
      throw DataError(table.file(), "names the class '" + printable(row[from]) +
                                        "', which the sources do not have; correct it");
    renamed[static_cast<std::size_t>(label)] = at->second;
  });
  const std::vector<std::string> names = source::ClassIndex(without_empty(renamed)).names();
  const std::vector<std::string> classes = source::ClassIndex(old).names() == names ? old : names;
  const std::vector<std::int32_t> of_old = labels_of(classes, renamed);
  std::vector<std::int32_t> labels(source->size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::int32_t label = source->item(i).label;
    labels[i] = label < 0 ? -1 : of_old.at(static_cast<std::size_t>(label));
  }
  return source::with_labels(std::move(source), std::move(labels), classes);
}

/// The classes that a table gives to records, by their names' digests: lists may be long.
struct OfRecords {
  std::vector<std::string> classes;
  std::unordered_map<Digest, std::size_t, DigestHash> of;  ///< places in `classes`
};

OfRecords read_records(const RecordTable& table) {
  OfRecords records;
  std::map<std::string, std::size_t, std::less<>> places;
  const std::size_t name = table.column("name");
  const std::size_t value = table.column("class");
  table.each([&](const RecordTable::Row& row) {
    auto place = places.find(row[value]);
    if (place == places.end()) {
      place = places.emplace(row[value], records.classes.size()).first;
      records.classes.push_back(from_listing(row[value]));
    }
    if (records.of.emplace(digest(row[name]), place->second).first->second != place->second)
      refuse_two(table, row[name]);
  });
  return records;
}

std::unique_ptr<source::Source> relabel_records(std::unique_ptr<source::Source> source,
                                                const RecordTable& table) {
  const OfRecords records = read_records(table);
  const std::vector<std::string> old = source->classes();
  constexpr std::int32_t kKept = INT32_MIN;  // + the old label, until all classes are known
  std::vector<std::int32_t> labels(source->size(), -1);
  bool some_named = false;
  bool some_kept = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const source::Item item = source->item(i);
    const auto found = records.of.find(digest(printable(item.name)));
    const bool named = found != records.of.end();
    if (named)
      labels[i] = static_cast<std::int32_t>(found->second);
    else if (item.label >= 0)
      labels[i] = kKept + item.label;
    some_named = some_named || named;
    some_kept = some_kept || labels[i] < -1;
  }
  if (!some_named)
    throw DataError(table.file(),
                    "names no record of the sources; compare with the listing that cs-show prints");
  const std::vector<std::string> given = without_empty(records.classes);
  const std::vector<std::string> merged = source::merge_classes({old, given});
  const std::vector<std::string> classes =
      some_kept || merged == old ? merged : source::ClassIndex(given).names();
  const std::vector<std::int32_t> of_old = labels_of(classes, old);
  const std::vector<std::int32_t> of_given = labels_of(classes, records.classes);
  for (std::int32_t& label : labels)
    if (label < -1)
      label = of_old.at(static_cast<std::size_t>(label - kKept));
    else if (label >= 0)
      label = of_given[static_cast<std::size_t>(label)];
  return source::with_labels(std::move(source), std::move(labels), classes);
}

}  // namespace

std::unique_ptr<source::Source> relabel(std::unique_ptr<source::Source> source,
                                        const RecordTable& table) {
  if (table.has("new")) return relabel_classes(std::move(source), table);
  return relabel_records(std::move(source), table);
}

}  // namespace cs::sample
