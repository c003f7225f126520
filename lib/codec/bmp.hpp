/// BMP to pixels. It is read here: OpenCV makes up a color for what is beyond the palette.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Throws DataError for what decode_bmp() does not read, and where pixels are missing.
Header bmp_header(const ImageBytes& bmp);

/// The pixels (8-bit RGB) of a BMP of 1, 4 or 8 bits with a palette, or 24 or 32 bits of blue,
/// green and red, that passed read_header(). Throws DataError naming `subject`. Thread-safe.
cv::Mat decode_bmp(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
