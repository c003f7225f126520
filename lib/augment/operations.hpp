/// Image operations with torchvision's definitions. Images are CV_8UC3 in RGB order; results are
/// continuous and never share memory with the input. Everything here is a pure function and
/// thread-safe. tests/unit/augment/operations_reference.py holds each one to torchvision's result.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>

#include "augment/color.hpp"
#include "core/random.hpp"

namespace cs::augment {

struct Interval {
  double low;
  double high;
};

/// The rectangle of a random resized crop: `scale` of the image's area, width/height in `ratio`,
/// drawn at most ten times, else the largest centered rectangle with a ratio in range.
cv::Rect random_resized_crop(cv::Size image, Interval scale, Interval ratio, Random& random);

/// The part `crop` of `rgb` at `size`, by PIL's bilinear filter, which is antialiased.
cv::Mat crop_resize(const cv::Mat& rgb, const cv::Rect& crop, cv::Size size);

/// The whole image at `size`, as crop_resize().
cv::Mat resize(const cv::Mat& rgb, cv::Size size);

/// The largest centered square of `rgb` at size x size, as crop_resize(): what cs-sample
/// does to images that are to be of one size.
cv::Mat central_square(const cv::Mat& rgb, int size);

/// `rgb` with `padding` black pixels on all sides, cut back to its size from the corner (x, y) of
/// the padded image, 0 <= x, y <= 2 * padding.
cv::Mat pad_crop(const cv::Mat& rgb, int padding, int x, int y);

cv::Mat flip(const cv::Mat& rgb);  ///< left and right exchanged

cv::Mat to_gray(const cv::Mat& rgb);  ///< ITU-R 601 luma in all three channels
cv::Mat adjust_brightness(const cv::Mat& rgb, double factor);
cv::Mat adjust_contrast(const cv::Mat& rgb, double factor);
cv::Mat adjust_saturation(const cv::Mat& rgb, double factor);
cv::Mat adjust_hue(const cv::Mat& rgb, double turn);  ///< -0.5 to 0.5 of the color circle

/// One draw of color changes: the four adjustments in some order, then perhaps gray.
struct ColorChange {
  bool jitter = false;
  std::array<ColorStep, 4> order{};
  double brightness = 1;
  double contrast = 1;
  double saturation = 1;
  double hue = 0;
  bool gray = false;
};

/// How far color jitter goes: factors lie in 1 - x .. 1 + x (not under 0), turns in -hue .. hue.
struct JitterStrength {
  double brightness;
  double contrast;
  double saturation;
  double hue;
};

/// Draws the factors and the order of the four adjustments into `change`.
void draw_jitter(const JitterStrength& strength, ColorChange& change, Random& random);

/// Applies `change` to `rgb` (continuous) in place.
void change_color(cv::Mat& rgb, const ColorChange& change);

}  // namespace cs::augment
