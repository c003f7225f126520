/// Small encoders for tests.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>

#include "nn/encoder.hpp"
#include "nn/init.hpp"

namespace cs::test {

inline nn::EncoderConfig small_config() {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  return config;
}

/// An encoder whose batch norm statistics are not those of a fresh one.
inline nn::Encoder used_encoder(nn::EncoderConfig config, std::uint64_t seed = 1) {
  nn::Encoder encoder = nn::make_encoder(std::move(config));
  nn::initialize(*encoder, seed);
  encoder->train();
  const at::NoGradGuard no_grad;
  encoder->forward(at::linspace(-1, 1, 4 * 3 * 16 * 16).view({4, 3, 16, 16}).sin());
  encoder->eval();
  return encoder;
}

/// Its embeddings of two images.
inline at::Tensor embeddings_of(const nn::Encoder& encoder) {
  const at::NoGradGuard no_grad;
  return encoder->forward(at::linspace(0, 1, 2 * 3 * 16 * 16).view({2, 3, 16, 16}).cos());
}

}  // namespace cs::test
