/// Which records of a source become a dataset, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/hash.hpp"
#include "sample/pixel_filter.hpp"
#include "source/source.hpp"

namespace cs::sample {

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
  enum class On { kClass, kName, kList };
  bool matches(const std::string& shown) const;

  On on_ = On::kClass;
  bool negated_ = false;
  std::vector<std::string> patterns_;
  std::filesystem::path file_;
  std::unordered_set<Digest, DigestHash> listed_;  ///< of the names: lists may be long
  std::string text_;
};

/// Part `part` (from 0) of a random division of the records in the given proportions.
struct Split {
  std::vector<std::uint64_t> proportions;
  std::size_t part = 0;
};

/// Reads `A:B:...`: more than `part` and at least two whole numbers, not all 0. Throws UsageError.
Split parse_split(const std::string& text, std::size_t part);

struct Selection {
  std::optional<Split> split;              ///< of all records, whatever else is asked of them
  std::vector<Condition> where;            ///< all must hold
  std::optional<std::uint64_t> count;      ///< records in all
  std::optional<std::uint64_t> per_class;  ///< records of each class that `where` allows
};

struct Drawn {
  std::vector<std::size_t> indices;  ///< in the source
  /// Records in whose place others were drawn.
  std::uint64_t excluded = 0, repeats = 0;
};

/// Draws from `source`: the source's own order if none are counted, else a random one. What
/// `filter` leaves out is replaced by the next. Draws nest: with one seed, a draw of 1,000 is the
/// first part of the draw of 5,000, and so for per_class; the parts of a split are disjoint and
/// complete, under any conditions. Throws DataError if there are too few, or no classes to draw
/// from.
Drawn draw(const source::Source& source, const Selection& selection, std::uint64_t seed,
           PixelFilter& filter);

}  // namespace cs::sample
