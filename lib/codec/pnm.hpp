/// Binary PNM (P5 and P6) to pixels, which simply follow the header.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

#include "codec/header.hpp"
#include "codec/image_bytes.hpp"

namespace cs::codec {

/// Throws DataError for P1 to P4 and P7, a white other than 255, and where pixels are missing.
Header pnm_header(const ImageBytes& pnm);

/// The pixels (8-bit RGB) of a PNM that passed read_header(). Thread-safe.
cv::Mat decode_pnm(std::string_view subject, std::string_view bytes);

}  // namespace cs::codec
