/// No encoder: the pixels themselves, what a probe reaches without any.
#pragma once

#include "victim/local.hpp"

namespace cs::victim {

/// Answers with the normalized image, row by row, the three channels of a pixel side by side.
class PixelsVictim : public LocalVictim {
 public:
  explicit PixelsVictim(const VictimOptions& options);

 private:
  at::Tensor forward(const at::Tensor& pixels) const override;
};

}  // namespace cs::victim
