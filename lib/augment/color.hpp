/// Color operations of PIL on one image, several in one pass: a few hundred pixels at a time go
/// through all of them in cache, in plain arithmetic that compilers vectorize. Each operation
/// rounds where PIL does, so one pass equals its operations one after the other.
#pragma once

#include <opencv2/core/mat.hpp>

#include "augment/vectors.hpp"

namespace cs::augment {

enum class ColorStep {
  kBrightness,  ///< factor 0 is black, 1 the image itself
  kContrast,    ///< factor 0 is the mean gray, 1 the image itself
  kSaturation,  ///< factor 0 is gray, 1 the image itself
  kHue,         ///< turns the hue by -0.5 to 0.5 of the circle
  kGray,        ///< ITU-R 601 luma in all three channels; takes no factor
};

struct Adjustment {
  ColorStep step;
  double factor = 0;
};

/// Applies the steps first .. last - 1 in order to `rgb` (CV_8UC3, continuous) in place.
void adjust_color(cv::Mat& rgb, const Adjustment* first, const Adjustment* last,
                  Vectors vectors = best_vectors());

}  // namespace cs::augment
