/// TIFF to pixels, by libtiff.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Throws DataError for what decode_tiff() does not read: several pages, alpha, signed samples,
/// BigTIFF, and colors other than gray, RGB, palette, CMYK and YCbCr.
Header tiff_header(const ImageBytes& tiff);

/// The pixels (8-bit RGB) of a TIFF of one page that passed read_header(), turned as its
/// orientation says. CMYK becomes RGB without a color profile. Throws DataError naming `subject`,
/// for damage inside too. Thread-safe.
cv::Mat decode_tiff(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
