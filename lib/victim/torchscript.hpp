/// A TorchScript program as a victim.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <cstdint>
#include <optional>
#include <string>

#include "victim/local.hpp"

namespace cs::victim {

/// Answers with what the program returns, flattened. Weights of another precision are run as f32.
class TorchScriptVictim : public LocalVictim {
 public:
  /// `bytes` are the file's. Throws DataError if this LibTorch does not load them.
  TorchScriptVictim(const std::string& path, const std::string& bytes,
                    const VictimOptions& options);

 private:
  at::Tensor forward(const at::Tensor& pixels) const override;
  /// What the program returns for normalized images [N, 3, side, side].
  at::Tensor run(const at::Tensor& images) const;
  /// A usual side of images that the program takes, if it does not take its input's.
  std::optional<std::int64_t> side_that_works() const;
  torch::jit::Module module_;
};

}  // namespace cs::victim
