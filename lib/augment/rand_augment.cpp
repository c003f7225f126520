#include "augment/rand_augment.hpp"

#include <algorithm>
#include <array>

#include "augment/geometry.hpp"
#include "augment/operations.hpp"
#include "augment/tone.hpp"

namespace cs::augment {
namespace {

/// The width of images that ranges in pixels were chosen for.
constexpr double kTunedFor = 224.0;

double either_way(double value, Random& random) { return random.chance(0.5) ? -value : value; }

cv::Mat cutout_somewhere(const cv::Mat& rgb, double value, Random& random) {
  const double x = random.uniform(0, rgb.cols);
  const double y = random.uniform(0, rgb.rows);
  return cutout(rgb, x, y, value * std::min(rgb.cols, rgb.rows) / kTunedFor);
}

using Image = const cv::Mat&;

struct Operation {
  double low, high;
  cv::Mat (*apply)(Image rgb, double value, Random& random);
};

/// In the order of augment_list(), on which a view depends.
constexpr std::array<Operation, 16> kOperations = {{
    {0, 1, [](Image i, double, Random&) { return auto_contrast(i); }},
    {0, 1, [](Image i, double, Random&) { return equalize(i); }},
    {0, 1, [](Image i, double, Random&) { return invert(i); }},
    {0, 30, [](Image i, double v, Random& r) { return rotate(i, either_way(v, r)); }},
    {0, 4, [](Image i, double v, Random&) { return posterize(i, static_cast<int>(v)); }},
    {0, 256, [](Image i, double v, Random&) { return solarize(i, v); }},
    {0, 110, [](Image i, double v, Random&) { return solarize_add(i, v); }},
    {0.1, 1.9, [](Image i, double v, Random&) { return adjust_saturation(i, v); }},
    {0.1, 1.9, [](Image i, double v, Random&) { return adjust_contrast(i, v); }},
    {0.1, 1.9, [](Image i, double v, Random&) { return adjust_brightness(i, v); }},
    {0.1, 1.9, [](Image i, double v, Random&) { return adjust_sharpness(i, v); }},
    {0, 0.3, [](Image i, double v, Random& r) { return shear_x(i, either_way(v, r)); }},
    {0, 0.3, [](Image i, double v, Random& r) { return shear_y(i, either_way(v, r)); }},
    {0, 40, cutout_somewhere},
    {0, 100 / kTunedFor,
     [](Image i, double v, Random& r) { return translate(i, either_way(v * i.cols, r), 0); }},
    {0, 100 / kTunedFor,
     [](Image i, double v, Random& r) { return translate(i, 0, either_way(v * i.rows, r)); }},
}};

}  // namespace

cv::Mat rand_augment(const cv::Mat& rgb, int count, double magnitude, Random& random) {
  cv::Mat result = rgb.clone();
  for (int i = 0; i < count; ++i) {
    const Operation& operation = kOperations[random.below(kOperations.size())];
    const double value = operation.low + magnitude / 30 * (operation.high - operation.low);
    result = operation.apply(result, value, random);
  }
  return result;
}

}  // namespace cs::augment
