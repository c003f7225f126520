/// The layers that stand behind an encoder while it trains.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <vector>

namespace cs::methods {

/// Added to the seed of a run for the layers that only training needs, so that they share no random
/// numbers with the encoder: once for the first of a method, twice for the second.
constexpr std::uint64_t kHeadStream = 0x9E3779B97F4A7C15;

/// Whether a layer of mlp() is followed by batch norm.
enum class Norm {
  kNone,
  kHidden,  ///< after all layers but the last
  kAll,
  kAllButLastAffine,  ///< after all layers; not affine after the last
};

using Widths = std::vector<std::int64_t>;

/// Linear layers of these widths on inputs of width `in`, ReLU between them, initialized from
/// `seed`.
torch::nn::Sequential mlp(std::int64_t in, const Widths& widths, Norm norm, std::uint64_t seed);

/// The same without the weights, which the caller sets.
torch::nn::Sequential uninitialized_mlp(std::int64_t in, const Widths& widths, Norm norm);

}  // namespace cs::methods
