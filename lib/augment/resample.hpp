/// PIL's resize with its BILINEAR filter: each pixel is a mean of those around it, weighted by a
/// triangle of one source pixel to each side where an axis grows, and of one result pixel where it
/// shrinks, so that nothing is skipped. Rows first, then columns, each rounded to 8 bits.
/// Thread-safe; operations_reference.py holds it to PIL's result.
#pragma once

#include <opencv2/core/mat.hpp>

#include "augment/vectors.hpp"

namespace cs::augment {

/// The part `crop` of `rgb` (CV_8UC3) at `size`; continuous, and never shares memory with `rgb`.
cv::Mat resample(const cv::Mat& rgb, const cv::Rect& crop, cv::Size size,
                 Vectors vectors = best_vectors());

}  // namespace cs::augment
