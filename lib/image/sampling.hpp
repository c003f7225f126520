/// Which records of sources become a dataset, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/hash.hpp"
#include "image/decoding.hpp"
#include "image/source.hpp"
#include "store/dataset.hpp"

namespace cs::image {

/// Several sources one after the other as one, their classes merged by name. A source without
/// labels beside one with labels is a DataError.
std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources);

/// A condition that records must meet: `class=PATTERN,...`, `name=PATTERN,...` (shell patterns, one
/// of which must match; a comma of a name is written \,) or `listed=FILE` (see RecordTable). `!=`
/// turns it around. Names are compared as listings show them.
class Condition {
 public:
  /// Throws UsageError for another form, Error or DataError for a faulty FILE.
  explicit Condition(const std::string& text);
  bool holds(const Source& source, const Item& item) const;
  /// As given, but for the content's digest in place of FILE: for histories.
  const std::string& text() const { return text_; }

 private:
  enum class On { kClass, kName, kList };
  On on_ = On::kClass;
  bool negated_ = false;
  std::vector<std::string> patterns_;
  std::unordered_set<std::string> listed_;
  std::string text_;
};

/// Part `part` (from 0) of a random division of the records in the given proportions.
struct Split {
  std::vector<std::uint64_t> proportions;
  std::size_t part = 0;
};

/// Reads `A:B:...`: more than `part` and at least two whole numbers, not all 0. Throws UsageError.
Split parse_split(const std::string& text, std::size_t part);

/// Leaves out records by their pixels: those of other datasets, and repeats.
class PixelFilter {
 public:
  explicit PixelFilter(bool unique = false) : unique_(unique) {}
  /// No record with the pixels of one of these; returns their fingerprint. Throws DataError if the
  /// dataset has no images.
  Digest exclude(store::Dataset dataset, int threads);
  bool active() const { return unique_ || !excluded_.empty(); }

  /// Whether each of `candidates` stays, looked at in this order; what does not decode stays, for
  /// others to find. Repeats are remembered from call to call. Throws DataError if images have a
  /// size that none of the excluded ones has.
  std::vector<bool> keep(const Source& source, const std::vector<std::size_t>& candidates,
                         const Decoding& decoding);

  std::uint64_t left_out_as_excluded() const { return as_excluded_; }
  std::uint64_t left_out_as_repeats() const { return as_repeats_; }

 private:
  void check_size(const cv::Mat& image) const;
  bool unique_;
  std::unordered_set<Digest, DigestHash> excluded_, seen_;
  std::string excluded_name_;   ///< of the dataset whose images all have the size below
  int height_ = 0, width_ = 0;  ///< 0 = several sizes
  std::uint64_t as_excluded_ = 0, as_repeats_ = 0;
};

struct Selection {
  std::vector<Condition> where;            ///< all must hold
  std::optional<Split> split;              ///< of what they leave
  std::optional<std::uint64_t> count;      ///< records in all
  std::optional<std::uint64_t> per_class;  ///< records of each class
};

/// Indices of the records drawn from `source`, in the order of the new dataset: the source's own
/// order if none are counted, else a random one. What `filter` leaves out is replaced by the next.
/// Draws nest: with one seed, a draw of 1,000 is the first part of the draw of 5,000, and so for
/// per_class; the parts of a split are disjoint and complete. Throws DataError if there are too
/// few, or no classes to draw from.
std::vector<std::size_t> draw(const Source& source, const Selection& selection, std::uint64_t seed,
                              PixelFilter& filter, const Decoding& decoding);

}  // namespace cs::image
