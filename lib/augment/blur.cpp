#include "augment/blur.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace cs::augment {
namespace {

using Byte = std::uint8_t;

/// An average over 2 * reach + 1 values and a part of the next on both sides: its weights in units
/// of 2^-24.
struct Window {
  int reach;
  std::uint32_t inner, outer;
};

constexpr int kAverages = 3;

/// The window of which `kAverages` in a row have the variance of a Gaussian. Halfway to a whole
/// reach the variance is not linear, so the part is the root of an equation: Gwosdek et al.,
/// "Theoretical foundations of Gaussian convolution by extended box filtering", 2011.
Window window_of(double sigma) {
  const double variance = sigma * sigma / kAverages;
  const double reach = std::floor((std::sqrt(12 * variance + 1) - 1) / 2);
  const double part = (2 * reach + 1) * (reach * (reach + 1) - 3 * variance) /
                      (6 * (variance - (reach + 1) * (reach + 1)));
  const auto width = static_cast<float>(reach + part);
  Window window{static_cast<int>(width), 0, 0};
  window.inner = static_cast<std::uint32_t>(16777216.0F / (width * 2 + 1));
  const auto count = static_cast<std::uint32_t>(2 * window.reach + 1);
  window.outer = (16777216U - count * window.inner) / 2;
  return window;
}

/// Averages `count` numbers each of the lines 0 .. 2 * reach + 2, of which the first and the last
/// are the outer ones.
CS_INLINE void average(const Byte* const* lines, std::size_t count, const Window& window,
                       Byte* result) {
  const int last = 2 * window.reach + 2;
  constexpr std::size_t kStrip = 64;
  for (std::size_t start = 0; start < count; start += kStrip) {
    const std::size_t width = std::min(kStrip, count - start);
    std::uint32_t sums[kStrip];
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint32_t outer = std::uint32_t{lines[0][start + i]} + lines[last][start + i];
      sums[i] = outer * window.outer + (1U << 23U);
    }
    for (int line = 1; line < last; ++line)
      for (std::size_t i = 0; i < width; ++i) sums[i] += lines[line][start + i] * window.inner;
    for (std::size_t i = 0; i < width; ++i) result[start + i] = static_cast<Byte>(sums[i] >> 24U);
  }
}

/// All averages along rows, then all along columns, each rounded.
CS_INLINE void average_all(cv::Mat& image, const Window& window) {
  const int beyond = window.reach + 1;
  const std::size_t values = std::size_t{3} * static_cast<std::size_t>(image.cols);
  const std::size_t border = std::size_t{3} * static_cast<std::size_t>(beyond);
  std::vector<Byte> padded(border + values + border);
  std::vector<const Byte*> lines(static_cast<std::size_t>(2 * beyond + 1));
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] = padded.data() + 3 * i;
  for (int y = 0; y < image.rows; ++y)
    for (int time = 0; time < kAverages; ++time) {
      Byte* row = image.ptr<Byte>(y);
      Byte* inside = padded.data() + border;
      std::memcpy(inside, row, values);
      for (std::size_t i = 0; i < border; i += 3) {
        std::memcpy(padded.data() + i, row, 3);
        std::memcpy(inside + values + i, row + values - 3, 3);
      }
      average(lines.data(), values, window, row);
    }
  cv::Mat other(image.size(), CV_8UC3);
  for (int time = 0; time < kAverages; ++time) {
    for (int y = 0; y < image.rows; ++y) {
      for (int i = 0; i <= 2 * beyond; ++i)
        lines[static_cast<std::size_t>(i)] =
            image.ptr<Byte>(std::clamp(y - beyond + i, 0, image.rows - 1));
      average(lines.data(), values, window, other.ptr<Byte>(y));
    }
    std::swap(image, other);
  }
}

void average_any(cv::Mat& image, const Window& window) { average_all(image, window); }
CS_AVX2 void average_avx2(cv::Mat& image, const Window& window) { average_all(image, window); }

}  // namespace

cv::Mat gaussian_blur(const cv::Mat& rgb, int kernel, double sigma) {
  const int window = std::min(kernel, 2 * static_cast<int>(std::ceil(3.5 * sigma)) + 1);
  cv::Mat result;
  // Isolated: the pixels around a part of a larger image are not its neighbors.
  cv::GaussianBlur(rgb, result, {window, window}, sigma, sigma,
                   cv::BORDER_REFLECT_101 | cv::BORDER_ISOLATED);
  return result;
}

cv::Mat gaussian_filter(const cv::Mat& rgb, double sigma, Vectors vectors) {
  cv::Mat result = rgb.clone();
  const auto run = vectors == Vectors::kAny ? average_any : average_avx2;
  run(result, window_of(sigma));
  return result;
}

}  // namespace cs::augment
