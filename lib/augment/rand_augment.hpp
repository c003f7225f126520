/// RandAugment (Cubuk et al., 2020) with the operations and ranges of ildoonet's
/// pytorch-randaugment, which the released code of Cont-Steal uses.
#pragma once

#include <opencv2/core/mat.hpp>

#include "core/random.hpp"

namespace cs::augment {

/// `count` of sixteen operations, drawn with replacement, one after the other, each at
/// low + magnitude / 30 * (high - low):
///
///     auto_contrast, equalize, invert                          no strength
///     posterize      0 .. 4 bits kept, rounded down            (few bits are strong)
///     solarize       threshold 0 .. 256                        (a low threshold is strong)
///     solarize_add   0 .. 110
///     saturation, contrast, brightness, sharpness              factor 0.1 .. 1.9
///     rotate         0 .. 30 degrees, either way
///     shear_x, shear_y      0 .. 0.3, either way
///     translate x, y        0 .. 100 pixels of 224, either way
///     cutout         side 0 .. 40 pixels of 224, anywhere
///
/// The pixels of the last two rows refer to images of 224 and scale with the image: 47 pixels
/// (magnitude 14) would empty an image of 32. The result shares no memory with `rgb`.
cv::Mat rand_augment(const cv::Mat& rgb, int count, double magnitude, Random& random);

}  // namespace cs::augment
