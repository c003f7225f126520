/// The images of a dataset, raw or encoded, as pixels.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core/mat.hpp>

#include "store/dataset.hpp"

namespace cs::codec {

/// Whether the dataset keeps image files, of any size, instead of pixels.
bool is_encoded(const store::Dataset& images);

using TakeImage = std::function<void(std::uint64_t id, const cv::Mat& rgb)>;

/// Calls `take` with the images of the ids `first` .. `first + count - 1`, 8-bit RGB, continuous:
/// raw ones as they are, encoded ones decoded now, each at its own size. Holds a few MiB of raw
/// images, or one encoded one, at a time. Thread-safe. Throws DataError, naming the dataset and the
/// record, for one that does not decode, and for a dataset without images.
void for_each_image(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                    const TakeImage& take);

}  // namespace cs::codec
