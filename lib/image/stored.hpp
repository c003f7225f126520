/// The images of a dataset as they are stored: pixels of one size, or files of any.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "store/dataset.hpp"

namespace cs::image {

/// Whether the images are files. Throws DataError if the dataset holds no images.
bool holds_files(const store::Dataset& dataset);

/// Calls `take` with what is stored of the images `first` .. `first + count - 1`, in order; `bytes`
/// are valid during the call only. Memory stays at about a chunk.
void each_image(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count,
                const std::function<void(std::uint64_t id, std::string_view bytes)>& take);

/// The same for all images.
void each_image(const store::Dataset& dataset,
                const std::function<void(std::uint64_t id, std::string_view bytes)>& take);

/// `SHARD: record ID`, for messages.
std::string subject_of(const store::Dataset& dataset, std::uint64_t id);

/// 8-bit RGB, from the stored `bytes` of image `id`. Throws DataError naming shard and record.
cv::Mat pixels_of(const store::Dataset& dataset, std::uint64_t id, std::string_view bytes);

/// Decodes every image that is stored as a file; throws DataError for the first that cannot be.
void check_files(const store::Dataset& dataset);

}  // namespace cs::image
