/// PNG to pixels, by libpng, whose warnings count as errors here.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Walks to the end marker and checks every chunk's sum.
Header png_header(const ImageBytes& png);

/// A PNG that passed read_header(), reduced to the chunks that pixels come from: libpng prints its
/// opinion of the others (color profiles above all) to stderr.
std::string png_essentials(std::string_view bytes);

/// The pixels (8-bit RGB) of a PNG that passed read_header(), not turned: gray is replicated, a
/// palette looked up, alpha dropped; gamma and color profiles are not applied. Throws DataError
/// naming `subject`. Thread-safe.
cv::Mat decode_png(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
