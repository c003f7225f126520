#include "augment/color.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

// GCC keeps the branches of a float comparison, since a NaN might trap, and then cannot vectorize
// these loops: eight times slower. No result depends on it, and there are no NaNs here.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math")
#endif

namespace cs::augment {
namespace {

// Not std::min and std::max: compiled before the pragma, they would not be inlined.
float smaller(float a, float b) { return a < b ? a : b; }
float larger(float a, float b) { return a > b ? a : b; }
float magnitude(float a) { return larger(a, -a); }

float whole(float value) { return static_cast<float>(static_cast<std::int32_t>(value)); }
float clip(float value, float high) { return smaller(larger(value, 0.0F), high); }

/// PIL's Image.blend: truncated, not rounded.
float blend(float from, float to, float factor) {
  return whole(clip(from + factor * (to - from), 255.0F));
}

/// PIL's conversion to "L", (19595 R + 38470 G + 7471 B + 2^15) >> 16: every sum is under 2^24, so
/// floats hold it exactly.
float luma(float r, float g, float b) {
  return whole((19595.0F * r + 38470.0F * g + 7471.0F * b + 32768.0F) * 0x1p-16F);
}

struct Color {
  float r, g, b;
};

/// A pixel through PIL's 8-bit HSV and back, its hue moved on by `steps` of 256. Without branches.
Color turn_hue(Color in, float steps) {
  const float high = larger(larger(in.r, in.g), in.b);
  const float low = smaller(smaller(in.r, in.g), in.b);
  const float range = high - low;
  const float unit = 1.0F / larger(range, 1.0F);
  const float from_red = (in.g - in.b) * unit;
  const float from_green = 2.0F + (in.b - in.r) * unit;
  const float from_blue = 4.0F + (in.r - in.g) * unit;
  const float not_red = in.g == high ? from_green : from_blue;
  const float sixths = in.r == high ? from_red : not_red;
  const float positive = sixths < 0.0F ? sixths + 6.0F : sixths;
  // 1e-4: a quotient that is a whole number in double must not fall below it in float.
  const float moved = whole(positive * (255.0F / 6.0F) + 1e-4F) + steps;
  const float hue = (moved >= 256.0F ? moved - 256.0F : moved) * (6.0F / 255.0F);
  const float saturation = whole(range * 255.0F / larger(high, 1.0F)) * (1.0F / 255.0F);
  const float depth = high * saturation;
  const float red = clip(magnitude(hue - 3.0F) - 1.0F, 1.0F);
  const float green = clip(2.0F - magnitude(hue - 2.0F), 1.0F);
  const float blue = clip(2.0F - magnitude(hue - 4.0F), 1.0F);
  const float top = high + 0.5F;  // rounds
  return {whole(top - depth * (1.0F - red)), whole(top - depth * (1.0F - green)),
          whole(top - depth * (1.0F - blue))};
}

}  // namespace

void Planes::load(const cv::Mat& rgb) {
  pixels_ = rgb.total();
  for (auto& plane : planes_) plane.resize(pixels_);
  float* r = plane(0);
  float* g = plane(1);
  float* b = plane(2);
  const auto columns = static_cast<std::size_t>(rgb.cols);
  for (int y = 0; y < rgb.rows; ++y, r += columns, g += columns, b += columns) {
    const std::uint8_t* from = rgb.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < columns; ++x) {
      r[x] = from[3 * x];
      g[x] = from[3 * x + 1];
      b[x] = from[3 * x + 2];
    }
  }
}

void Planes::store(cv::Mat& rgb) const {
  const float* r = planes_[0].data();
  const float* g = planes_[1].data();
  const float* b = planes_[2].data();
  const auto columns = static_cast<std::size_t>(rgb.cols);
  for (int y = 0; y < rgb.rows; ++y, r += columns, g += columns, b += columns) {
    std::uint8_t* to = rgb.ptr<std::uint8_t>(y);
    for (std::size_t x = 0; x < columns; ++x) {
      to[3 * x] = static_cast<std::uint8_t>(r[x]);
      to[3 * x + 1] = static_cast<std::uint8_t>(g[x]);
      to[3 * x + 2] = static_cast<std::uint8_t>(b[x]);
    }
  }
}

void Planes::brightness(double factor) {
  const auto f = static_cast<float>(factor);
  for (int channel = 0; channel < 3; ++channel) {
    float* values = plane(channel);
    for (std::size_t i = 0; i < pixels_; ++i) values[i] = blend(0.0F, values[i], f);
  }
}

void Planes::contrast(double factor) {
  const float* r = plane(0);
  const float* g = plane(1);
  const float* b = plane(2);
  constexpr std::size_t kBlock = 4096;  // a block's sum fits 32 bits, which vectorizes
  std::uint64_t sum = 0;
  for (std::size_t start = 0; start < pixels_; start += kBlock) {
    const std::size_t end = std::min(pixels_, start + kBlock);
    std::int32_t part = 0;
    for (std::size_t i = start; i < end; ++i)
      part += static_cast<std::int32_t>(luma(r[i], g[i], b[i]));
    sum += static_cast<std::uint64_t>(part);
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(pixels_);
  const float middle = std::floor(static_cast<float>(mean + 0.5));
  const auto f = static_cast<float>(factor);
  for (int channel = 0; channel < 3; ++channel) {
    float* values = plane(channel);
    for (std::size_t i = 0; i < pixels_; ++i) values[i] = blend(middle, values[i], f);
  }
}

void Planes::saturation(double factor) {
  const auto f = static_cast<float>(factor);
  float* r = plane(0);
  float* g = plane(1);
  float* b = plane(2);
  for (std::size_t i = 0; i < pixels_; ++i) {
    const float gray = luma(r[i], g[i], b[i]);
    r[i] = blend(gray, r[i], f);
    g[i] = blend(gray, g[i], f);
    b[i] = blend(gray, b[i], f);
  }
}

void Planes::hue(double turn) {
  const int whole_steps = static_cast<int>(turn * 255.0);  // torchvision truncates toward zero
  const auto steps = static_cast<float>((whole_steps + 256) % 256);
  float* r = plane(0);
  float* g = plane(1);
  float* b = plane(2);
  for (std::size_t i = 0; i < pixels_; ++i) {
    const Color turned = turn_hue({r[i], g[i], b[i]}, steps);
    r[i] = turned.r;
    g[i] = turned.g;
    b[i] = turned.b;
  }
}

void Planes::gray() {
  float* r = plane(0);
  float* g = plane(1);
  float* b = plane(2);
  for (std::size_t i = 0; i < pixels_; ++i) r[i] = g[i] = b[i] = luma(r[i], g[i], b[i]);
}

}  // namespace cs::augment
