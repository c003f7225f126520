#include "augment/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace cs::augment {
namespace {

using Byte = std::uint8_t;

/// How one axis is resampled: pixel `i` of the result is the sum of `taps` pixels of the source
/// from first[i] on, times the weights from i * taps on.
struct Axis {
  int from = 0, to = 0;
  std::size_t taps = 0;
  std::vector<std::size_t> first;
  std::vector<float> weights;

  void plan(int source, int result);
};

/// The pixels of a source of `count` that are nearer than `reach` to `center`; as PIL rounds.
cv::Range near(double center, double reach, int count) {
  const double begin = std::max(0.0, std::floor(center - reach + 0.5));
  const double end = std::min<double>(count, std::floor(center + reach + 0.5));
  return {static_cast<int>(begin), static_cast<int>(end)};
}

void Axis::plan(int source, int result) {
  if (source == from && result == to) return;
  from = source;
  to = result;
  const double scale = static_cast<double>(source) / result;
  const double reach = std::max(scale, 1.0);
  std::vector<cv::Range> spans;
  int most = 0;
  for (int i = 0; i < result; ++i) {
    spans.push_back(near((i + 0.5) * scale, reach, source));
    most = std::max(most, spans.back().size());
  }
  taps = static_cast<std::size_t>(most);
  first.clear();
  weights.assign(spans.size() * taps, 0.0F);
  std::vector<double> triangle(taps);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const int count = spans[i].size();
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double away = std::abs(spans[i].start + k + 0.5 - center) / reach;
      sum += triangle[static_cast<std::size_t>(k)] = std::max(0.0, 1.0 - away);
    }
    const int start = std::min(spans[i].start, source - most);  // reads nothing past the end
    first.push_back(static_cast<std::size_t>(start));
    float* weight = weights.data() + i * taps + (spans[i].start - start);
    for (int k = 0; k < count; ++k)
      weight[k] = static_cast<float>(triangle[static_cast<std::size_t>(k)] / sum);
  }
}

/// Vectors of GCC and clang, so that each loop keeps its sums in registers.
using Four = float __attribute__((vector_size(16)));
using FourWhole = std::int32_t __attribute__((vector_size(16)));
using Eight = float __attribute__((vector_size(32)));
using EightWhole = std::int32_t __attribute__((vector_size(32)));

template <typename Vector>
CS_INLINE void load(const float* values, Vector& vector) {
  std::memcpy(&vector, values, sizeof vector);
}

/// One row of the crop to the width of the result, rounded: a pixel is three lanes of four, the
/// last of which the next pixel overwrites.
CS_INLINE void resample_row(const float* row, const Axis& axis, float* result) {
  const float* weight = axis.weights.data();
  for (std::size_t i = 0; i < axis.first.size(); ++i, result += 3) {
    const float* from = row + 3 * axis.first[i];
    Four sum = {0.5F, 0.5F, 0.5F, 0.5F};
    for (std::size_t k = 0; k < axis.taps; ++k, from += 3) {
      Four values;
      load(from, values);
      sum += *weight++ * values;
    }
    const Four rounded = __builtin_convertvector(__builtin_convertvector(sum, FourWhole), Four);
    std::memcpy(result, &rounded, sizeof rounded);
  }
}

/// Numbers summed at a time by blend_rows(), to which rows are padded.
constexpr std::size_t kStrip = 16;

/// The sum of `taps` rows by weight, rounded.
CS_INLINE void blend_rows(const float* const* rows, const float* weights, std::size_t taps,
                          std::size_t values, Byte* result) {
  for (std::size_t start = 0; start < values; start += kStrip) {
    Eight left = {0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
    Eight right = left;
    for (std::size_t k = 0; k < taps; ++k) {
      Eight first;
      Eight second;
      load(rows[k] + start, first);
      load(rows[k] + start + 8, second);
      left += weights[k] * first;
      right += weights[k] * second;
    }
    const EightWhole rounded[2] = {__builtin_convertvector(left, EightWhole),
                                   __builtin_convertvector(right, EightWhole)};
    std::int32_t numbers[kStrip];
    std::memcpy(numbers, rounded, sizeof numbers);
    Byte bytes[kStrip];
    for (std::size_t i = 0; i < kStrip; ++i) bytes[i] = static_cast<Byte>(numbers[i]);
    if (start + kStrip <= values)
      std::memcpy(result + start, bytes, kStrip);
    else
      std::memcpy(result + start, bytes, values - start);
  }
}

/// Memory that the calling thread uses again: at 32 px an allocation costs as much as a row.
struct Scratch {
  Axis across, down;
  std::vector<float> row;   ///< of the crop
  std::vector<float> ring;  ///< the last rows of the crop at the width of the result
  std::vector<const float*> blended;
};

CS_INLINE void resample_all(const cv::Mat& part, Scratch& scratch, cv::Mat& result) {
  const Axis& down = scratch.down;
  const std::size_t values = 3 * static_cast<std::size_t>(part.cols);
  const std::size_t wide = 3 * static_cast<std::size_t>(result.cols);
  const std::size_t stride = wide + kStrip;
  scratch.row.resize(values + 1);
  scratch.ring.resize(stride * down.taps);
  scratch.blended.resize(down.taps);
  std::size_t done = 0;  // rows of the crop so far
  for (std::size_t y = 0; y < down.first.size(); ++y) {
    done = std::max(done, down.first[y]);
    for (; done < down.first[y] + down.taps; ++done) {
      const Byte* from = part.ptr<Byte>(static_cast<int>(done));
      float* row = scratch.row.data();
      for (std::size_t i = 0; i < values; ++i) row[i] = from[i];
      resample_row(row, scratch.across, scratch.ring.data() + done % down.taps * stride);
    }
    for (std::size_t k = 0; k < down.taps; ++k)
      scratch.blended[k] = scratch.ring.data() + (down.first[y] + k) % down.taps * stride;
    blend_rows(scratch.blended.data(), down.weights.data() + y * down.taps, down.taps, wide,
               result.ptr<Byte>(static_cast<int>(y)));
  }
}

void resample_any(const cv::Mat& part, Scratch& scratch, cv::Mat& result) {
  resample_all(part, scratch, result);
}

CS_AVX2 void resample_avx2(const cv::Mat& part, Scratch& scratch, cv::Mat& result) {
  resample_all(part, scratch, result);
}

}  // namespace

cv::Mat resample(const cv::Mat& rgb, const cv::Rect& crop, cv::Size size, Vectors vectors) {
  thread_local Scratch scratch;
  scratch.across.plan(crop.width, size.width);
  scratch.down.plan(crop.height, size.height);
  cv::Mat result(size, CV_8UC3);
  const auto run = vectors == Vectors::kAny ? resample_any : resample_avx2;
  run(rgb(crop), scratch, result);
  return result;
}

}  // namespace cs::augment
