/// No encoder: the pixels themselves, what a probe reaches without any.

#include <ATen/ATen.h>

#include <memory>

#include "victim/local.hpp"

namespace cs::victim {
namespace {

/// Answers with the normalized image, row by row, the three channels of a pixel side by side.
class PixelsVictim : public LocalVictim {
 public:
  explicit PixelsVictim(const VictimOptions& options)
      : LocalVictim("pixels", description(), input_of(options), options) {}

 private:
  static answers::VictimInfo description() {
    answers::VictimInfo victim;
    victim.file = victim.kind = "pixels";
    return victim;
  }

  at::Tensor forward(const at::Tensor& images) const override {
    return images.permute({0, 2, 3, 1}).flatten(1);
  }
};

}  // namespace

std::unique_ptr<answers::Victim> pixels_victim(const VictimOptions& options) {
  return std::make_unique<PixelsVictim>(options);
}

}  // namespace cs::victim
