/// The images of a dataset, pixels of one size or files of any, as they are stored or as pixels.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "store/dataset.hpp"

namespace cs::records {

/// Whether the images are files, to be decoded. Throws DataError if the dataset holds no images.
bool is_encoded(const store::Dataset& images);

using TakeStored = std::function<void(std::uint64_t id, std::string_view bytes)>;
using TakeImage = std::function<void(std::uint64_t id, const cv::Mat& rgb)>;

/// Calls `take` with what is stored of the ids `first` .. `first + count - 1`, in order; `bytes`
/// are valid during the call only. Memory stays at about a chunk. Thread-safe, as all here.
void for_each_stored(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                     const TakeStored& take);

/// The same with their pixels, 8-bit RGB, continuous, each image at its own size.
void for_each_image(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                    const TakeImage& take);

/// The pixels of image `id`, whose stored `bytes` these are. Throws DataError naming shard and
/// record if it does not decode.
cv::Mat image_of(const store::Dataset& images, std::uint64_t id, std::string_view bytes);

/// `SHARD: record ID`, for messages.
std::string subject_of(const store::Dataset& images, std::uint64_t id);

/// Decodes every image that is stored as a file; throws DataError for the first that cannot be.
void check_files(const store::Dataset& images);

}  // namespace cs::records
