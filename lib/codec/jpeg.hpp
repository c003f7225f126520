/// JPEG to pixels, by libjpeg, whose warnings (pixels made up for data that is missing or damaged)
/// count as errors here.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Walks over the segments to the end mark.
Header jpeg_header(const ImageBytes& jpeg);

/// The pixels (8-bit RGB) of a JPEG that passed read_header(), not turned. CMYK and YCCK become RGB
/// without a color profile, taken as stored inverted, as Adobe does and everybody after it. Throws
/// DataError naming `subject`. Thread-safe.
cv::Mat decode_jpeg(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
