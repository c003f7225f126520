#include "victim/input.hpp"

#include <ATen/ATen.h>

#include <opencv2/core.hpp>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/pixels.hpp"

namespace cs::victim {

at::Tensor Input::prepare(const std::vector<answers::Query>& queries, std::int64_t count,
                          c10::Device device) const {
  const cv::Size size(static_cast<int>(config_.size), static_cast<int>(config_.size));
  at::Tensor pixels = at::zeros({count, config_.size, config_.size, 3}, at::kByte);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const answers::Query& query = queries[i];
    const cv::Mat from(static_cast<int>(query.height), static_cast<int>(query.width), CV_8UC3,
                       const_cast<std::uint8_t*>(query.pixels));
    cv::Mat to(size, CV_8UC3, pixels[static_cast<std::int64_t>(i)].data_ptr());
    (from.size() == size ? from : augment::resize(from, size)).copyTo(to);
  }
  return nn::normalize(pixels, config_, device);
}

std::string Input::describe() const {
  std::string text = std::to_string(config_.size);
  for (const double m : config_.mean) text += ' ' + to_text(m);
  for (const double s : config_.std) text += ' ' + to_text(s);
  return text;
}

InputConfig input_of(const VictimOptions& options) {
  InputConfig input;
  input.size = options.input_size.value_or(options.image_size);
  if (input.size == 0)
    throw UsageError("`input-size`", "is missing; the images are of any size, the victim's of one");
  input.mean = options.mean.value_or(input.mean);
  input.std = options.std.value_or(input.std);
  return input;
}

}  // namespace cs::victim
