#include "sample/where.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/words.hpp"
#include "sample/record_table.hpp"

namespace cs::sample {
namespace {

constexpr Words<Subject, 3> kSubjects{
    "where",
    {{{"class", Subject::kClass}, {"name", Subject::kName}, {"listed", Subject::kListed}}}};

/// `text` cut at the commas that no backslash precedes; the backslashes stay, for fnmatch().
std::vector<std::string> split_patterns(const std::string& text) {
  std::vector<std::string> patterns(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      patterns.emplace_back();
      continue;
    }
    if (text[i] == '\\' && i + 1 < text.size()) patterns.back() += text[i++];
    patterns.back() += text[i];
  }
  return patterns;
}

}  // namespace

Condition::Condition(const std::string& text) : text_(text) {
  const std::size_t equals = text.find('=');
  negated_ = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
  const std::string key = text.substr(0, negated_ ? equals - 1 : equals);
  const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
  const std::optional<Subject> subject = kSubjects.find(key);
  if (subject != Subject::kListed) patterns_ = split_patterns(value);
  if (!subject || value.empty() || std::count(patterns_.begin(), patterns_.end(), "") > 0)
    throw UsageError("`where`", "'" + printable(text) +
                                    "' is no condition; give class=PATTERN,..., name=PATTERN,... "
                                    "or listed=FILE, or one of them with !=");
  subject_ = *subject;
  if (subject_ == Subject::kListed) file_ = value;
}

void Condition::load() {
  if (subject_ != Subject::kListed) return;
  const RecordTable table(file_);
  table.each([this, column = table.column("name")](const RecordTable::Row& row) {
    listed_.insert(digest(row[column]));
  });
  text_ = kSubjects.print(subject_) + (negated_ ? "!=" : "=") + table.digest().hex();
}

bool Condition::matches(const std::string& shown) const {
  if (subject_ == Subject::kListed) return listed_.count(digest(shown)) > 0;
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), shown.c_str(), 0) == 0;
  });
}

void Condition::check_classes(const source::Source& source) const {
  if (subject_ != Subject::kClass) return;
  if (source.classes().empty())
    throw DataError("`where`", "the sources have no classes; leave out '" + printable(text_) + "'");
  for (const std::string& pattern : patterns_)
    if (std::none_of(source.classes().begin(), source.classes().end(), [&](const auto& name) {
          return ::fnmatch(pattern.c_str(), printable(name).c_str(), 0) == 0;
        }))
      throw DataError("`where`",
                      "no class of the sources matches '" + printable(pattern) + "'; correct it");
}

bool Condition::holds(const source::Source& source, const source::Item& item) const {
  if (subject_ != Subject::kClass) return matches(printable(item.name)) != negated_;
  const bool labeled = item.label >= 0;
  return matches(labeled ? printable(source.classes().at(static_cast<std::size_t>(item.label)))
                         : "") != negated_;
}

bool Condition::allows_class(const std::string& name) const {
  return subject_ != Subject::kClass || matches(printable(name)) != negated_;
}

}  // namespace cs::sample
