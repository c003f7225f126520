/// WebP to pixels, by OpenCV.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Throws DataError for an animation.
Header webp_header(const ImageBytes& webp);

/// The pixels (8-bit RGB) of a WebP image that passed read_header(), not turned; alpha is dropped.
/// Throws DataError naming `subject`. Thread-safe.
cv::Mat decode_webp(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
