/// The two Gaussian blurs of the published recipes: torchvision's and PIL's. Images are CV_8UC3;
/// results are continuous and never share memory with the input. Pure functions, thread-safe;
/// operations_reference.py holds each to its original.
#pragma once

#include <opencv2/core/mat.hpp>

#include "augment/vectors.hpp"

namespace cs::augment {

/// Gaussian blur with a `kernel` x `kernel` window (odd), mirrored at the edges. Pixels further
/// away than 3.5 sigma change the result by less than one level of 255 and are left out.
cv::Mat gaussian_blur(const cv::Mat& rgb, int kernel, double sigma);

/// PIL's GaussianBlur filter: three box filters of a fractional width, which together have the
/// variance of the Gaussian; the pixels at the edges are repeated.
cv::Mat gaussian_filter(const cv::Mat& rgb, double sigma, Vectors vectors = best_vectors());

}  // namespace cs::augment
