/// JPEG to pixels, by libjpeg, whose warnings (pixels made up for data that is missing or damaged)
/// count as errors here.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

namespace cs::codec {

/// The pixels (8-bit RGB) of a JPEG that passed read_header(), not turned. CMYK and YCCK become RGB
/// without a color profile, taken as stored inverted, as Adobe does and everybody after it. Throws
/// DataError naming `subject`. Thread-safe.
cv::Mat decode_jpeg(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
