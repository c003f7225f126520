/// Formats in which pixels simply follow a header: BMP and PNM.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

namespace cs::codec {

/// The pixels (8-bit RGB) of a BMP of 1, 4 or 8 bits with a palette, or 24 or 32 bits of blue,
/// green and red, that passed read_header(). Throws DataError naming `subject`. Thread-safe.
cv::Mat decode_bmp(std::string_view subject, std::string_view bytes);

/// The same for a binary PNM (P5 or P6) whose largest value is 255.
cv::Mat decode_pnm(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
