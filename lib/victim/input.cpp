#include "victim/input.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/pixels.hpp"

namespace cs::victim {
namespace {

/// Height and width that an image takes before its central square is taken.
cv::Size extent(std::int64_t height, std::int64_t width, std::int64_t side, Fit fit) {
  const auto scaled = [&](std::int64_t length) {  // the longer side is rounded down
    return static_cast<int>(side * length / std::min(height, width));
  };
  const int square = static_cast<int>(side);
  return fit == Fit::kSquash ? cv::Size(square, square) : cv::Size(scaled(width), scaled(height));
}

/// f32 [1, 3, height, width] at `size`, by OpenCV, on the CPU.
at::Tensor by_area(const answers::Query& query, cv::Size size) {
  const cv::Mat bytes(static_cast<int>(query.height), static_cast<int>(query.width), CV_8UC3,
                      const_cast<std::uint8_t*>(query.pixels));
  cv::Mat from;
  bytes.convertTo(from, CV_32F);
  at::Tensor image = at::empty({1, size.height, size.width, 3});
  cv::Mat to(size, CV_32FC3, image.data_ptr());
  cv::resize(from, to, size, 0, 0, cv::INTER_AREA);
  return image.permute({0, 3, 1, 2});
}

/// f32 [1, 3, height, width] on `device`: the image at `size`, with values from 0 to 255.
at::Tensor resized_image(const answers::Query& query, cv::Size size, Resize resize,
                         c10::Device device) {
  if (resize == Resize::kArea) return by_area(query, size).to(device);
  const at::Tensor pixels = at::from_blob(const_cast<std::uint8_t*>(query.pixels),
                                          {1, query.height, query.width, 3}, at::kByte)
                                .to(device)
                                .permute({0, 3, 1, 2})
                                .to(at::kFloat)
                                .contiguous();
  const std::array<std::int64_t, 2> to{size.height, size.width};
  return resize == Resize::kBilinear
             ? at::_upsample_bilinear2d_aa(pixels, to, /*align_corners=*/false)
             : at::_upsample_bicubic2d_aa(pixels, to, /*align_corners=*/false);
}

/// The first index of the central `part` of `whole`; halves to the even number, as Python's round.
std::int64_t central(std::int64_t whole, std::int64_t part) {
  return std::lrint(static_cast<double>(whole - part) / 2);
}

/// Refuses numbers that are most likely in the units of the other scale. No normalization is out of
/// reach: each has a form in the other units.
void check_units(const InputConfig& input, Scale scale) {
  const auto refuse = [](const char* field, double value, const char* why) {
    throw UsageError(field, to_text(value) + ' ' + why);
  };
  constexpr const char* kTooLarge =
      "does not fit pixels from 0 to 1; pass `scale` 255 if it is in units of 0 to 255";
  for (const double s : input.std)
    if (!(s > 0)) refuse("`std`", s, "is not over 0; 1 leaves the pixels as they are");
  if (scale == Scale::kUnit) {
    for (const double m : input.mean)
      if (std::abs(m) > 1) refuse("`mean`", m, kTooLarge);
    for (const double s : input.std)
      if (s > 1) refuse("`std`", s, kTooLarge);
  } else if (const double most = *std::max_element(input.std.begin(), input.std.end()); most < 1) {
    refuse("`std`", most,
           "does not fit pixels from 0 to 255; leave out `scale` 255 if it is in units of 0 to 1");
  }
}

}  // namespace

Input::Input(const InputConfig& config, const VictimOptions& options)
    : config_(config),
      scale_(options.scale.value_or(Scale::kUnit)),
      channels_(options.channels.value_or(Channels::kRgb)),
      layout_(options.layout.value_or(Layout::kNchw)),
      resize_(options.resize.value_or(Resize::kBilinear)),
      fit_(options.fit.value_or(Fit::kSquash)),
      resizes_(options.image_size != 0 &&
               (options.image_size != config.size ||
                options.image_width.value_or(config.size) != config.size)) {
  if (options.image_size == 0 && (options.resize || options.fit))
    throw UsageError("`resize` and `fit`",
                     "have no effect on encoded images, of which the victim gets the central "
                     "square; leave them out");
}

at::Tensor Input::copied(const std::vector<answers::Query>& queries, std::int64_t count) const {
  at::Tensor pixels = at::zeros({count, size(), size(), 3}, at::kByte);
  auto* to = pixels.data_ptr<std::uint8_t>();
  const std::int64_t bytes = size() * size() * 3;
  for (const answers::Query& query : queries) {
    if (query.height != size() || query.width != size())
      throw Error("image " + std::to_string(query.id),
                  "is not of the size for which the victim was opened");
    to = std::copy_n(query.pixels, bytes, to);
  }
  return pixels;
}

at::Tensor Input::resized(const std::vector<answers::Query>& queries, std::int64_t count,
                          c10::Device device) const {
  at::Tensor pixels = at::zeros({count, size(), size(), 3}, at::TensorOptions(device));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const answers::Query& query = queries[i];
    const cv::Size whole = extent(query.height, query.width, size(), fit_);
    pixels[static_cast<std::int64_t>(i)] = resized_image(query, whole, resize_, device)
                                               .narrow(2, central(whole.height, size()), size())
                                               .narrow(3, central(whole.width, size()), size())[0]
                                               .permute({1, 2, 0});
  }
  return pixels;
}

at::Tensor Input::prepare(const std::vector<answers::Query>& queries, std::int64_t count,
                          c10::Device device) const {
  at::Tensor pixels = resizes_ ? resized(queries, count, device) : copied(queries, count);
  if (channels_ == Channels::kBgr) pixels = pixels.flip(3);
  InputConfig unit = config_;  // mean and std of pixels from 0 to 1
  for (double& m : unit.mean) m /= static_cast<double>(scale_);
  for (double& s : unit.std) s /= static_cast<double>(scale_);
  return nn::normalize(pixels, unit, device);
}

std::string Input::describe() const {
  std::string text = std::to_string(size());
  for (const double m : config_.mean) text += ' ' + to_text(m);
  for (const double s : config_.std) text += ' ' + to_text(s);
  if (scale_ != Scale::kUnit) text += " scale " + kScales.print(scale_);
  if (channels_ != Channels::kRgb) text += ' ' + kChannels.print(channels_);
  if (layout_ != Layout::kNchw) text += ' ' + kLayouts.print(layout_);
  if (resizes_) text += ' ' + kResizes.print(resize_) + " in f32 " + kFits.print(fit_);
  return text;
}

InputConfig input_of(const VictimOptions& options) {
  InputConfig input;
  input.size = options.input_size.value_or(options.image_size);
  if (input.size == 0)
    throw UsageError("`input-size`", "is missing; the images are of any size, the victim's of one");
  input.mean = options.mean.value_or(input.mean);
  input.std = options.std.value_or(input.std);
  check_units(input, options.scale.value_or(Scale::kUnit));
  return input;
}

std::int64_t default_batch(std::int64_t size, c10::Device device) {
  constexpr std::int64_t kImages = 128;
  constexpr std::int64_t kPixels = std::int64_t{8} * 224 * 224;
  if (!device.is_cpu()) return kImages;
  return std::clamp<std::int64_t>(kPixels / (size * size), 1, kImages);
}

}  // namespace cs::victim
