#include "augment/color.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cs::augment {
namespace {

using Byte = std::uint8_t;

CS_INLINE float smaller(float a, float b) { return a < b ? a : b; }
CS_INLINE float larger(float a, float b) { return a > b ? a : b; }
CS_INLINE float magnitude(float a) { return larger(a, -a); }

CS_INLINE float whole(float value) { return static_cast<float>(static_cast<std::int32_t>(value)); }
CS_INLINE float clip(float value, float high) { return smaller(larger(value, 0.0F), high); }

/// PIL's Image.blend: truncated, not rounded.
CS_INLINE float blend(float from, float to, float factor) {
  return whole(clip(from + factor * (to - from), 255.0F));
}

/// PIL's conversion to "L", (19595 R + 38470 G + 7471 B + 2^15) >> 16: every sum is under 2^24, so
/// floats hold it exactly.
CS_INLINE float luma(float r, float g, float b) {
  return whole((19595.0F * r + 38470.0F * g + 7471.0F * b + 32768.0F) * 0x1p-16F);
}

struct Color {
  float r, g, b;
};

/// The hue of PIL's 8-bit HSV, 0 to 255. `high`, `low`: the largest and smallest of the channels.
/// PIL cuts off a quotient of floats, which may fall a little below the whole number that it is: to
/// be cut off alike it has to be rounded alike, so the quotients are PIL's and divided, not
/// multiplied by an inverse. Which channel is largest and which smallest says between which two of
/// six corners of the circle the hue lies; the channel in the middle, how far from the corner.
CS_INLINE float hue_of(Color in, float high, float low) {
  const float range = high - low;
  const float middle = in.r + in.g + in.b - high - low;
  const float away = (high - middle) / larger(range, 1.0F);
  const float from_red = in.g == low ? away - 1.0F : 1.0F - away;
  const float from_green = in.b == low ? away + 1.0F : 3.0F - away;
  const float from_blue = in.r == low ? away + 3.0F : 5.0F - away;
  const float not_red = in.g == high ? from_green : from_blue;
  const float sixths = in.r == high ? from_red : not_red;
  const float turn = sixths / 6.0F;
  const float positive = turn < 0.0F ? turn + 1.0F : turn;
  const float rounded = whole(positive * 255.0F);
  const float rest = positive * 256.0F - rounded;  // exact, as the product with 255 is not
  const float hue = rest < positive ? rounded - 1.0F : rounded;
  return range == 0.0F ? 0.0F : hue;
}

/// A pixel through PIL's 8-bit HSV and back, its hue moved on by `steps` of 256. Without branches.
CS_INLINE Color turn_hue(Color in, float steps) {
  const float high = larger(larger(in.r, in.g), in.b);
  const float low = smaller(smaller(in.r, in.g), in.b);
  const float range = high - low;
  const float moved = hue_of(in, high, low) + steps;
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

/// Pixels that go through all steps together: their three planes stay in the first cache.
constexpr std::size_t kBlock = 512;

struct Block {
  std::size_t count;
  float r[kBlock], g[kBlock], b[kBlock];
};

CS_INLINE void load(const Byte* from, Block& block) {
  for (std::size_t i = 0; i < block.count; ++i) {
    block.r[i] = from[3 * i];
    block.g[i] = from[3 * i + 1];
    block.b[i] = from[3 * i + 2];
  }
}

CS_INLINE void store(const Block& block, Byte* to) {
  for (std::size_t i = 0; i < block.count; ++i) {
    to[3 * i] = static_cast<Byte>(static_cast<std::int32_t>(block.r[i]));
    to[3 * i + 1] = static_cast<Byte>(static_cast<std::int32_t>(block.g[i]));
    to[3 * i + 2] = static_cast<Byte>(static_cast<std::int32_t>(block.b[i]));
  }
}

/// The values of one plane between `from` (factor 0) and themselves (factor 1).
CS_INLINE void blend_plane(float* values, std::size_t count, float from, float factor) {
  for (std::size_t i = 0; i < count; ++i) values[i] = blend(from, values[i], factor);
}

CS_INLINE void saturate(Block& block, float factor) {
  for (std::size_t i = 0; i < block.count; ++i) {
    const float gray = luma(block.r[i], block.g[i], block.b[i]);
    block.r[i] = blend(gray, block.r[i], factor);
    block.g[i] = blend(gray, block.g[i], factor);
    block.b[i] = blend(gray, block.b[i], factor);
  }
}

CS_INLINE void turn(Block& block, float steps) {
  for (std::size_t i = 0; i < block.count; ++i) {
    const Color turned = turn_hue({block.r[i], block.g[i], block.b[i]}, steps);
    block.r[i] = turned.r;
    block.g[i] = turned.g;
    block.b[i] = turned.b;
  }
}

CS_INLINE void to_luma(Block& block) {
  for (std::size_t i = 0; i < block.count; ++i)
    block.r[i] = block.g[i] = block.b[i] = luma(block.r[i], block.g[i], block.b[i]);
}

CS_INLINE std::int32_t sum_of_luma(const Block& block) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < block.count; ++i)
    sum += static_cast<std::int32_t>(luma(block.r[i], block.g[i], block.b[i]));
  return sum;
}

/// An adjustment in the numbers that its loop needs.
struct Step {
  ColorStep kind;
  float factor;
  float middle;  ///< what contrast turns around
};

CS_INLINE void apply(const Step& step, Block& block) {
  switch (step.kind) {
    case ColorStep::kBrightness:
    case ColorStep::kContrast:
      for (float* plane : {block.r, block.g, block.b})
        blend_plane(plane, block.count, step.middle, step.factor);
      return;
    case ColorStep::kSaturation:
      return saturate(block, step.factor);
    case ColorStep::kHue:
      return turn(block, step.factor);
    case ColorStep::kGray:
      return to_luma(block);
  }
}

/// Steps that need to know nothing about the image, and whether to measure it afterwards.
struct Pass {
  const Step* first = nullptr;
  const Step* last = nullptr;
  bool measure = true;
};

/// Runs `pass`; the sum of luma after it, if measured.
CS_INLINE std::uint64_t run_all(Byte* pixels, std::size_t count, const Pass& pass) {
  std::uint64_t sum = 0;
  Block block;
  for (; count > 0; count -= block.count, pixels += 3 * block.count) {
    block.count = std::min(count, kBlock);
    load(pixels, block);
    for (const Step* step = pass.first; step != pass.last; ++step) apply(*step, block);
    if (pass.measure) sum += static_cast<std::uint64_t>(sum_of_luma(block));
    if (pass.first != pass.last) store(block, pixels);
  }
  return sum;
}

std::uint64_t run_any(Byte* pixels, std::size_t count, const Pass& pass) {
  return run_all(pixels, count, pass);
}

CS_AVX2 std::uint64_t run_avx2(Byte* pixels, std::size_t count, const Pass& pass) {
  return run_all(pixels, count, pass);
}

CS_AVX512 std::uint64_t run_avx512(Byte* pixels, std::size_t count, const Pass& pass) {
  return run_all(pixels, count, pass);
}

/// By Vectors.
constexpr std::array<std::uint64_t (*)(Byte*, std::size_t, const Pass&), 3> kRun = {
    run_any, run_avx2, run_avx512};

float rounded_mean(std::uint64_t sum, std::size_t count) {
  const double mean = static_cast<double>(sum) / static_cast<double>(count);
  return std::floor(static_cast<float>(mean + 0.5));
}

/// `middle`: of contrast.
Step prepared(const Adjustment& adjustment, float middle) {
  if (adjustment.step == ColorStep::kHue) {
    const int steps = static_cast<int>(adjustment.factor * 255.0);  // as torchvision: toward zero
    return {ColorStep::kHue, static_cast<float>((steps + 256) % 256), 0.0F};
  }
  const bool turns = adjustment.step == ColorStep::kContrast;
  return {adjustment.step, static_cast<float>(adjustment.factor), turns ? middle : 0.0F};
}

}  // namespace

void adjust_color(cv::Mat& rgb, const Adjustment* first, const Adjustment* last, Vectors vectors) {
  const auto run = kRun[static_cast<std::size_t>(vectors)];
  const auto is_contrast = [](const Adjustment& each) { return each.step == ColorStep::kContrast; };
  if (first == last) return;
  // Contrast needs the mean of what came before it, and so begins a pass.
  float middle =
      is_contrast(*first) ? rounded_mean(run(rgb.data, rgb.total(), {}), rgb.total()) : 0;
  std::vector<Step> steps;
  for (const Adjustment* next = first; next != last;) {
    steps.assign(1, prepared(*next++, middle));
    while (next != last && !is_contrast(*next)) steps.push_back(prepared(*next++, middle));
    const Pass pass = {steps.data(), steps.data() + steps.size(), next != last};
    middle = rounded_mean(run(rgb.data, rgb.total(), pass), rgb.total());
  }
}

}  // namespace cs::augment
