/// Operations on the values of pixels, with the definitions of PIL's ImageOps and ImageEnhance.
/// Images are CV_8UC3; results are continuous and never share memory with the input. Pure
/// functions, thread-safe; operations_reference.py holds each one to PIL's result.
#pragma once

#include <opencv2/core/mat.hpp>

namespace cs::augment {

cv::Mat auto_contrast(const cv::Mat& rgb);  ///< each channel stretched to 0 .. 255
cv::Mat equalize(const cv::Mat& rgb);       ///< each channel's histogram made level
cv::Mat invert(const cv::Mat& rgb);         ///< 255 - value

/// Keeps the highest `bits` of 8: 0 is black, 8 the image itself.
cv::Mat posterize(const cv::Mat& rgb, int bits);

/// Inverts the values from `threshold` on: 0 inverts all, 256 none.
cv::Mat solarize(const cv::Mat& rgb, double threshold);

/// Adds `addition`, cut at 255, then solarizes at 128.
cv::Mat solarize_add(const cv::Mat& rgb, double addition);

/// Factor 0 is PIL's SMOOTH (3 x 3, center weight 5 of 13; the edge as it is), 1 the image itself,
/// more is sharper.
cv::Mat adjust_sharpness(const cv::Mat& rgb, double factor);

}  // namespace cs::augment
