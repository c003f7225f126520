/// How a camera was held, and images turned upright.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>

namespace cs::codec {

/// The orientation, 1 to 8, in EXIF data, which begin with a TIFF header, perhaps after "Exif\0\0";
/// 1 (as it is) if they hold none or are damaged, as viewers do.
int exif_orientation(std::string_view exif);

/// `image` turned and mirrored as the EXIF `orientation` says.
cv::Mat turn_upright(const cv::Mat& image, int orientation);

}  // namespace cs::codec
