/// Conditions that records must meet (`where`).
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/hash.hpp"
#include "source/source.hpp"

namespace cs::sample {

/// What a condition is about.
enum class Subject { kClass, kName, kListed };

/// A condition that records must meet: `class=PATTERN,...`, `name=PATTERN,...` (shell patterns, one
/// of which must match; a comma of a name is written \,) or `listed=FILE` (see RecordTable). `!=`
/// turns it around. Names are compared as listings show them; the class of a record without label
/// is empty.
class Condition {
 public:
  /// Opens nothing. Throws UsageError for another form.
  explicit Condition(const std::string& text);
  /// FILE; empty for the other forms.
  const std::filesystem::path& file() const { return file_; }
  /// Reads FILE, if there is one: must come first. Throws Error or DataError for a faulty one.
  void load();

  /// Throws DataError for a pattern that no class of `source` matches.
  void check_classes(const source::Source& source) const;
  bool holds(const source::Source& source, const source::Item& item) const;
  /// False if it asks for another class.
  bool allows_class(const std::string& name) const;
  /// As given, but for the content's digest in place of FILE: for histories.
  const std::string& text() const { return text_; }

 private:
  bool matches(const std::string& shown) const;

  Subject subject_ = Subject::kClass;
  bool negated_ = false;
  std::vector<std::string> patterns_;
  std::filesystem::path file_;
  std::unordered_set<Digest, DigestHash> listed_;  ///< of the names: lists may be long
  std::string text_;
};

}  // namespace cs::sample
