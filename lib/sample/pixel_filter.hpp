/// Leaves out records by their pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "sample/decoding.hpp"
#include "source/source.hpp"
#include "store/dataset.hpp"

namespace cs::sample {

/// What becomes of a record: it stays, has the pixels of an excluded image, or repeats a record
/// looked at before it.
enum class Fate { kStays, kExcluded, kRepeats };

/// Compares images by height, width and RGB pixels, whatever they are called and however they are
/// encoded. With Decoding::size, images of both sides are compared as they are when scaled, so one
/// scaled before is found by its original and the other way around.
class PixelFilter {
 public:
  explicit PixelFilter(bool unique = false, const Decoding& decoding = {})
      : unique_(unique), decoding_(decoding) {}

  /// Excludes records whose pixels equal those of an image of `dataset`; returns its fingerprint.
  /// Throws DataError if the dataset has no images, or one that does not decode.
  Digest exclude(store::Dataset dataset);
  bool active() const { return unique_ || !excluded_.empty(); }

  /// The fate of each of `candidates`, looked at in this order; what does not decode stays, for
  /// others to find. Repeats are remembered from call to call. Throws DataError for an image that
  /// has, in either form, a size which no excluded image has, unless both sides are of any size.
  std::vector<Fate> judge(const source::Source& source, const std::vector<std::size_t>& candidates);

 private:
  cv::Mat to_store(const cv::Mat& image) const;
  void check_size(const source::Source& source, const cv::Mat& image) const;

  bool unique_;
  Decoding decoding_;
  std::unordered_set<Digest, DigestHash> excluded_, seen_;
  std::set<std::pair<int, int>> sizes_;  ///< width and height of the excluded as they are
  bool any_size_ = false;                ///< whether a dataset excluded holds several
};

}  // namespace cs::sample
