#include "augment/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cs::augment {
namespace {

/// PIL turns and shears in 16.16 fixed point; so do we, to take the same pixel where two are
/// equally near.
constexpr double kOne = 65536.0;
std::int64_t fixed(double value) {
  return static_cast<std::int64_t>(std::floor(value * kOne + 0.5));
}

constexpr double kRadiansPerDegree = 3.14159265358979323846 / 180.0;

/// For each of `count` places, which of as many pixels is taken; -1 where there is none.
std::vector<int> sources(int count, double step, double offset) {
  std::vector<int> from(static_cast<std::size_t>(count), -1);
  double at = offset + 0.5 * step;
  for (int& each : from) {
    if (at >= 0 && at < count) each = static_cast<int>(at);
    at += step;
  }
  return from;
}

/// Where rows stay rows and columns columns, PIL computes in floating point.
cv::Mat scale(const cv::Mat& rgb, const Affine& source) {
  cv::Mat result = cv::Mat::zeros(rgb.size(), CV_8UC3);
  const std::vector<int> columns = sources(rgb.cols, source.a, source.c);
  const std::vector<int> rows = sources(rgb.rows, source.e, source.f);
  for (int y = 0; y < rgb.rows; ++y) {
    const int row = rows[static_cast<std::size_t>(y)];
    if (row < 0) continue;
    const auto* from = rgb.ptr<cv::Vec3b>(row);
    auto* to = result.ptr<cv::Vec3b>(y);
    for (const int column : columns) {
      if (column >= 0) *to = from[column];
      ++to;
    }
  }
  return result;
}

}  // namespace

cv::Mat transform(const cv::Mat& rgb, const Affine& source) {
  if (source.b == 0 && source.d == 0) return scale(rgb, source);
  cv::Mat result = cv::Mat::zeros(rgb.size(), CV_8UC3);
  const std::int64_t right = fixed(source.a);
  const std::int64_t down = fixed(source.d);
  std::int64_t row_x = fixed(source.c + 0.5 * source.a + 0.5 * source.b);
  std::int64_t row_y = fixed(source.f + 0.5 * source.d + 0.5 * source.e);
  const std::int64_t end_x = std::int64_t{rgb.cols} << 16U;
  const std::int64_t end_y = std::int64_t{rgb.rows} << 16U;
  for (int y = 0; y < rgb.rows; ++y, row_x += fixed(source.b), row_y += fixed(source.e)) {
    auto* to = result.ptr<cv::Vec3b>(y);
    std::int64_t from_x = row_x;
    std::int64_t from_y = row_y;
    for (int x = 0; x < rgb.cols; ++x, from_x += right, from_y += down)
      if (from_x >= 0 && from_x < end_x && from_y >= 0 && from_y < end_y)
        to[x] = rgb.ptr<cv::Vec3b>(static_cast<int>(from_y / 65536))[from_x / 65536];
  }
  return result;
}

cv::Mat rotate(const cv::Mat& rgb, double degrees) {
  const double cosine = std::cos(degrees * kRadiansPerDegree);
  const double sine = std::sin(degrees * kRadiansPerDegree);
  const double x = rgb.cols / 2.0;
  const double y = rgb.rows / 2.0;
  return transform(rgb, {cosine, -sine, x - cosine * x + sine * y,  //
                         sine, cosine, y - sine * x - cosine * y});
}

cv::Mat shear_x(const cv::Mat& rgb, double amount) {
  return transform(rgb, {1, amount, 0, 0, 1, 0});
}

cv::Mat shear_y(const cv::Mat& rgb, double amount) {
  return transform(rgb, {1, 0, 0, amount, 1, 0});
}

cv::Mat translate(const cv::Mat& rgb, double x, double y) {
  return transform(rgb, {1, 0, x, 0, 1, y});
}

cv::Mat cutout(const cv::Mat& rgb, double x, double y, double side) {
  const auto left = static_cast<int>(std::max(0.0, x - side / 2));
  const auto top = static_cast<int>(std::max(0.0, y - side / 2));
  const int extent = static_cast<int>(side) + 1;  // PIL's rectangles include both ends
  cv::Mat result = rgb.clone();
  const cv::Rect part = cv::Rect(left, top, extent, extent) & cv::Rect({0, 0}, rgb.size());
  result(part).setTo(cv::Scalar(125, 123, 114));
  return result;
}

}  // namespace cs::augment
