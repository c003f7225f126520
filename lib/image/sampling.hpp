/// Which records of sources become a dataset, and in which order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "image/source.hpp"
#include "store/dataset.hpp"

namespace cs::image {

/// Several sources one after the other as one, their classes merged by name. A source without
/// labels beside one with labels is a DataError.
std::unique_ptr<Source> join(std::vector<std::unique_ptr<Source>> sources);

/// The raw images of a dataset as a source: items are its records, with their names if it has any.
std::unique_ptr<Source> open_dataset(store::Dataset dataset);

struct Selection {
  std::optional<std::uint64_t> count;      ///< records in all
  std::optional<std::uint64_t> per_class;  ///< records of each class
};

/// Indices of the records drawn from `source`, in the order of the new dataset: the source's own
/// order if nothing is selected, else a random one. Draws nest: with one seed, a draw of 1,000 is
/// the first part of the draw of 5,000, and so for per_class. Throws DataError if there are too
/// few, or no classes to draw from.
std::vector<std::size_t> draw(const Source& source, const Selection& selection, std::uint64_t seed);

/// The central square of `rgb`, scaled to size x size (bilinear, area when shrinking).
cv::Mat square(const cv::Mat& rgb, int size);

}  // namespace cs::image
