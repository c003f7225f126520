#include "augment/tone.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cs::augment {
namespace {

using Byte = std::uint8_t;
using Table = std::array<Byte, 256>;  ///< what each value becomes
using Histogram = std::array<int, 256>;

template <typename Function>
Table tabulate(const Function& function) {
  Table table{};
  for (int value = 0; value < 256; ++value)
    table[static_cast<std::size_t>(value)] = static_cast<Byte>(function(value));
  return table;
}

std::array<Histogram, 3> histograms(const cv::Mat& rgb) {
  std::array<Histogram, 3> counts{};
  for (int y = 0; y < rgb.rows; ++y) {
    const Byte* from = rgb.ptr<Byte>(y);
    for (int x = 0; x < rgb.cols; ++x, from += 3)
      for (std::size_t c = 0; c < 3; ++c) ++counts[c][from[c]];
  }
  return counts;
}

cv::Mat look_up(const cv::Mat& rgb, const std::array<Table, 3>& tables) {
  cv::Mat result(rgb.size(), CV_8UC3);
  for (int y = 0; y < rgb.rows; ++y) {
    const Byte* from = rgb.ptr<Byte>(y);
    Byte* to = result.ptr<Byte>(y);
    for (int x = 0; x < rgb.cols; ++x, from += 3, to += 3)
      for (std::size_t c = 0; c < 3; ++c) to[c] = tables[c][from[c]];
  }
  return result;
}

cv::Mat look_up(const cv::Mat& rgb, const Table& table) {
  return look_up(rgb, {table, table, table});
}

template <typename ToTable>
cv::Mat by_histogram(const cv::Mat& rgb, const ToTable& to_table) {
  const auto counts = histograms(rgb);
  return look_up(rgb, {to_table(counts[0]), to_table(counts[1]), to_table(counts[2])});
}

bool is_used(int count) { return count > 0; }

Table stretched(const Histogram& counts) {
  const auto first = std::find_if(counts.begin(), counts.end(), is_used);
  const auto last = std::find_if(counts.rbegin(), counts.rend(), is_used);
  const auto low = static_cast<int>(first - counts.begin());
  const auto high = static_cast<int>(counts.rend() - last) - 1;
  if (high <= low) return tabulate([](int value) { return value; });
  const double scale = 255.0 / (high - low);
  const double offset = -low * scale;
  return tabulate(
      [=](int value) { return std::clamp(static_cast<int>(value * scale + offset), 0, 255); });
}

Table leveled(const Histogram& counts) {
  int total = 0;
  for (const int count : counts) total += count;
  const int step = (total - *std::find_if(counts.rbegin(), counts.rend(), is_used)) / 255;
  if (step == 0) return tabulate([](int value) { return value; });
  int below = step / 2;
  return tabulate([&](int value) {
    const int level = std::min(below / step, 255);
    below += counts[static_cast<std::size_t>(value)];
    return level;
  });
}

int solarized(int value, double threshold) { return value < threshold ? value : 255 - value; }

/// One value between the smoothed neighborhood (factor 0) and the pixel itself (factor 1).
Byte sharpened(const Byte* pixel, std::ptrdiff_t row, float factor) {
  int sum = 4 * pixel[0];
  for (const std::ptrdiff_t line : {-row, std::ptrdiff_t{0}, row})
    sum += pixel[line - 3] + pixel[line] + pixel[line + 3];
  const int rounded = (2 * sum + 13) / 26;
  const auto smooth = static_cast<float>(rounded);
  const float value = smooth + factor * (static_cast<float>(pixel[0]) - smooth);
  return static_cast<Byte>(std::clamp(value, 0.0F, 255.0F));  // truncated, as PIL's blend
}

}  // namespace

cv::Mat auto_contrast(const cv::Mat& rgb) { return by_histogram(rgb, stretched); }

cv::Mat equalize(const cv::Mat& rgb) { return by_histogram(rgb, leveled); }

cv::Mat invert(const cv::Mat& rgb) {
  return look_up(rgb, tabulate([](int value) { return 255 - value; }));
}

cv::Mat posterize(const cv::Mat& rgb, int bits) {
  return look_up(rgb, tabulate([=](int value) { return value >> (8 - bits) << (8 - bits); }));
}

cv::Mat solarize(const cv::Mat& rgb, double threshold) {
  return look_up(rgb, tabulate([=](int value) { return solarized(value, threshold); }));
}

cv::Mat solarize_add(const cv::Mat& rgb, double addition) {
  return look_up(rgb, tabulate([=](int value) {
                   return solarized(static_cast<int>(std::clamp(value + addition, 0.0, 255.0)),
                                    128);
                 }));
}

cv::Mat adjust_sharpness(const cv::Mat& rgb, double factor) {
  cv::Mat result = rgb.clone();
  const auto row = static_cast<std::ptrdiff_t>(rgb.step);
  for (int y = 1; y < rgb.rows - 1; ++y) {
    const Byte* from = rgb.ptr<Byte>(y);
    Byte* to = result.ptr<Byte>(y);
    for (int i = 3; i < 3 * (rgb.cols - 1); ++i)
      to[i] = sharpened(from + i, row, static_cast<float>(factor));
  }
  return result;
}

}  // namespace cs::augment
