/// The words of an enumeration: what the command line, JSON and pages call its values.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs {

/// One table per enumeration, of which parsing, printing and help are made:
///
///     constexpr Words<Schedule, 2> kSchedules{
///         "schedule", {{{"constant", Schedule::kConstant}, {"cosine", Schedule::kCosine}}}};
///     const Schedule schedule = kSchedules.parse(text);  // or throws UsageError
///     log << kSchedules.print(schedule);
template <typename Value, std::size_t kCount>
class Words {
 public:
  struct Row {
    std::string_view word;
    Value value;
  };

  /// `field` names in messages what the words are for. Both words and values are distinct.
  constexpr Words(std::string_view field, std::array<Row, kCount> rows)
      : field_(field), rows_(rows) {}

  /// The value of a word; none if `text` is not one.
  std::optional<Value> find(std::string_view text) const {
    for (const Row& row : rows_)
      if (row.word == text) return row.value;
    return std::nullopt;
  }

  /// Throws UsageError `field: 'text' is none of a|b|c`.
  Value parse(std::string_view text) const {
    if (const auto value = find(text)) return *value;
    throw UsageError("`" + std::string(field_) + "`",
                     "'" + printable(text) + "' is none of " + choices());
  }

  /// A value that has no word is a programming error: std::logic_error.
  std::string print(Value value) const {
    for (const Row& row : rows_)
      if (row.value == value) return std::string(row.word);
    throw std::logic_error(std::string(field_) + ": a value without a word");
  }

  /// "a|b|c", as help and messages list them.
  std::string choices() const { return join(words(), "|"); }

  std::vector<std::string> words() const {
    std::vector<std::string> list;
    for (const Row& row : rows_) list.emplace_back(row.word);
    return list;
  }

  constexpr const std::array<Row, kCount>& rows() const { return rows_; }

 private:
  std::string_view field_;
  std::array<Row, kCount> rows_;
};

}  // namespace cs
