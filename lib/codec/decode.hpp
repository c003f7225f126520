/// Encoded images to pixels and back.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

namespace cs::codec {

/// The pixels of an image in any format of read_header(): 8-bit RGB, continuous, turned as its EXIF
/// orientation says; gray becomes three equal channels, alpha is dropped. Throws DataError naming
/// `subject` for everything that is not a whole 8-bit image of at most 64 Mi pixels. A build with
/// CS_IMAGE_FILES=OFF reads JPEG alone and throws Error for other formats. Thread-safe.
cv::Mat decode(std::string_view subject, std::string_view bytes);

/// `rgb` (8-bit) as a PNG file.
std::string encode_png(const cv::Mat& rgb);

/// Of libjpeg.
inline constexpr int kMostJpegSide = 65'500;

/// `rgb` (8-bit) as a JPEG file of a quality of 1 .. 100; its color has half the resolution
/// (4:2:0). Throws DataError naming `subject` if a side is over kMostJpegSide.
std::string encode_jpeg(std::string_view subject, const cv::Mat& rgb, int quality);

}  // namespace cs::codec
