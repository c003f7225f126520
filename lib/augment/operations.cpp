#include "augment/operations.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "augment/resample.hpp"

namespace cs::augment {
namespace {

cv::Mat adjusted(const cv::Mat& rgb, const Adjustment& adjustment) {
  cv::Mat result = rgb.clone();
  adjust_color(result, &adjustment, &adjustment + 1);
  return result;
}

/// The size of ratio nearest to `ratio` that fits, centered.
cv::Rect centered_crop(cv::Size image, Interval ratio) {
  const double in = static_cast<double>(image.width) / image.height;
  cv::Size part = image;
  if (in < ratio.low) part.height = static_cast<int>(std::lround(image.width / ratio.low));
  if (in > ratio.high) part.width = static_cast<int>(std::lround(image.height * ratio.high));
  part.height = std::clamp(part.height, 1, image.height);
  part.width = std::clamp(part.width, 1, image.width);
  return {(image.width - part.width) / 2, (image.height - part.height) / 2, part.width,
          part.height};
}

double factor_of(const ColorChange& change, ColorStep step) {
  switch (step) {
    case ColorStep::kBrightness:
      return change.brightness;
    case ColorStep::kContrast:
      return change.contrast;
    case ColorStep::kSaturation:
      return change.saturation;
    case ColorStep::kHue:
      return change.hue;
    case ColorStep::kGray:
      break;
  }
  return 0;
}

}  // namespace

cv::Rect random_resized_crop(cv::Size image, Interval scale, Interval ratio, Random& random) {
  const double area = static_cast<double>(image.width) * image.height;
  const double low = std::log(ratio.low);
  const double high = std::log(ratio.high);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * random.uniform(scale.low, scale.high);
    const double aspect = std::exp(random.uniform(low, high));
    const auto width = static_cast<int>(std::lround(std::sqrt(target * aspect)));
    const auto height = static_cast<int>(std::lround(std::sqrt(target / aspect)));
    if (width < 1 || width > image.width || height < 1 || height > image.height) continue;
    const auto room_y = static_cast<std::uint64_t>(image.height - height) + 1;
    const auto room_x = static_cast<std::uint64_t>(image.width - width) + 1;
    const auto y = static_cast<int>(random.below(room_y));
    const auto x = static_cast<int>(random.below(room_x));
    return {x, y, width, height};
  }
  return centered_crop(image, ratio);
}

cv::Mat crop_resize(const cv::Mat& rgb, const cv::Rect& crop, cv::Size size) {
  return crop.size() == size ? rgb(crop).clone() : resample(rgb, crop, size);
}

cv::Mat resize(const cv::Mat& rgb, cv::Size size) {
  return crop_resize(rgb, {0, 0, rgb.cols, rgb.rows}, size);
}

cv::Mat central_square(const cv::Mat& rgb, int size) {
  const int side = std::min(rgb.cols, rgb.rows);
  const cv::Rect center((rgb.cols - side) / 2, (rgb.rows - side) / 2, side, side);
  return crop_resize(rgb, center, {size, size});
}

cv::Mat pad_crop(const cv::Mat& rgb, int padding, int x, int y) {
  cv::Mat result = cv::Mat::zeros(rgb.size(), CV_8UC3);
  const cv::Rect frame(0, 0, rgb.cols, rgb.rows);
  const cv::Rect from = frame & cv::Rect(x - padding, y - padding, rgb.cols, rgb.rows);
  if (from.empty()) return result;
  rgb(from).copyTo(result(from - cv::Point(x - padding, y - padding)));
  return result;
}

cv::Mat flip(const cv::Mat& rgb) {
  cv::Mat result;
  cv::flip(rgb, result, 1);
  return result;
}

cv::Mat to_gray(const cv::Mat& rgb) { return adjusted(rgb, {ColorStep::kGray}); }

cv::Mat adjust_brightness(const cv::Mat& rgb, double factor) {
  return adjusted(rgb, {ColorStep::kBrightness, factor});
}

cv::Mat adjust_contrast(const cv::Mat& rgb, double factor) {
  return adjusted(rgb, {ColorStep::kContrast, factor});
}

cv::Mat adjust_saturation(const cv::Mat& rgb, double factor) {
  return adjusted(rgb, {ColorStep::kSaturation, factor});
}

cv::Mat adjust_hue(const cv::Mat& rgb, double turn) {
  return adjusted(rgb, {ColorStep::kHue, turn});
}

void draw_jitter(const JitterStrength& strength, ColorChange& change, Random& random) {
  const auto factor = [&](double x) { return random.uniform(std::max(0.0, 1.0 - x), 1.0 + x); };
  change.jitter = true;
  change.order = {ColorStep::kBrightness, ColorStep::kContrast, ColorStep::kSaturation,
                  ColorStep::kHue};
  for (std::size_t i = change.order.size() - 1; i > 0; --i)
    std::swap(change.order[i], change.order[random.below(i + 1)]);
  change.brightness = factor(strength.brightness);
  change.contrast = factor(strength.contrast);
  change.saturation = factor(strength.saturation);
  change.hue = random.uniform(-strength.hue, strength.hue);
}

void change_color(cv::Mat& rgb, const ColorChange& change) {
  std::array<Adjustment, 5> steps{};
  Adjustment* end = steps.data();
  if (change.jitter)
    for (const ColorStep step : change.order) *end++ = {step, factor_of(change, step)};
  if (change.gray) *end++ = {ColorStep::kGray};
  if (end != steps.data()) adjust_color(rgb, steps.data(), end);
}

}  // namespace cs::augment
