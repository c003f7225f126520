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

/// Prepares images, all of them in the same way. Images of another size than the input are scaled
/// to it by PIL's antialiased bilinear filter (augment::resize()), without keeping the aspect
/// ratio. Safe from several threads.
class Input {
 public:
  explicit Input(const InputConfig& config) : config_(config) {}

  std::int64_t size() const { return config_.size; }

  /// f32 [count, 3, size, size] on `device`, channels-last in memory: the images of at most `count`
  /// queries, normalized, and black ones.
  at::Tensor prepare(const std::vector<answers::Query>& queries, std::int64_t count,
                     c10::Device device) const;

  /// For the victim's id.
  std::string describe() const;

 private:
  InputConfig config_;
};

/// The input of a victim that does not state its own; throws UsageError if its size is missing.
InputConfig input_of(const VictimOptions& options);

}  // namespace cs::victim
