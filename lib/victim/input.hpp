/// What a victim on this machine reads of an image.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "answers/victim.hpp"
#include "formats/encoder_about.hpp"
#include "victim/options.hpp"

namespace cs::victim {

using formats::InputConfig;

/// Prepares images, all of them in the same way: an image of another size is resized to the input's
/// square; its channels are put into the network's order; and x, of 0 to 255, becomes
/// (x / 255 * scale - mean) / std. All of it is f32, without rounding or clipping in between:
/// bicubic resizing oversteps 0 and 255.
///
/// Bilinear and bicubic resizing are PyTorch's interpolate(antialias=True), whose filters are
/// PIL's; area is OpenCV's INTER_AREA. Fit::kCrop is torchvision's Resize(size), CenterCrop(size).
/// Safe from several threads.
class Input {
 public:
  /// Throws UsageError for what `options` say of resizing where images are encoded: they come as
  /// squares of the input's size.
  Input(const InputConfig& config, const VictimOptions& options);

  std::int64_t size() const { return config_.size; }

  /// f32 [count, 3, size, size] on `device`, channels-last in memory: the images of at most `count`
  /// queries, then black ones. Throws Error for an image of another size than `options` said.
  at::Tensor prepare(const std::vector<answers::Query>& queries, std::int64_t count,
                     c10::Device device) const;

  /// For the victim's id: what decides the result. Of resizing it speaks only where it happens.
  std::string describe() const;

 private:
  at::Tensor copied(const std::vector<answers::Query>& queries, std::int64_t count) const;
  at::Tensor resized(const std::vector<answers::Query>& queries, std::int64_t count,
                     c10::Device device) const;

  const InputConfig config_;
  const Scale scale_;
  const Channels channels_;
  const Layout layout_;
  const Resize resize_;
  const Fit fit_;
  const bool resizes_;
};

/// The input of a victim that does not state its own. Throws UsageError if its size is missing, or
/// mean and std cannot be in the units of the scale.
InputConfig input_of(const VictimOptions& options);

/// The images in a forward pass by default: 128, or on a CPU as many as have 400,000 pixels, if
/// that is fewer. More are no faster there, and take more memory.
std::int64_t default_batch(std::int64_t size, c10::Device device);

}  // namespace cs::victim
