#include "victim/pixels.hpp"

#include <ATen/ATen.h>

#include "nn/pixels.hpp"

namespace cs::victim {
namespace {

answers::VictimInfo description() {
  answers::VictimInfo victim;
  victim.file = victim.kind = "pixels";
  return victim;
}

}  // namespace

PixelsVictim::PixelsVictim(const VictimOptions& options)
    : LocalVictim("pixels", description(), input_of(options), options) {}

at::Tensor PixelsVictim::forward(const at::Tensor& pixels) const {
  return nn::normalize(pixels, input(), device()).permute({0, 2, 3, 1}).flatten(1);
}

}  // namespace cs::victim
