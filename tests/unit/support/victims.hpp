/// Small victims for tests, and asking them about tensors of pixels.
#pragma once

#include <ATen/ATen.h>
#include <torch/script.h>

#include <cstdint>
#include <string>
#include <vector>

#include "answers/victim.hpp"
#include "nn/encoder.hpp"
#include "nn/encoder_file.hpp"
#include "nn/init.hpp"
#include "support/temp_dir.hpp"
#include "victim/open.hpp"

namespace cs::test {

inline victim::VictimOptions options_for(std::int64_t size) {
  victim::VictimOptions options;
  options.image_size = size;
  options.batch = 8;
  return options;
}

inline victim::VictimOptions trusting(std::int64_t size) {
  victim::VictimOptions options = options_for(size);
  options.allow_code = victim::AllowCode::kYes;
  return options;
}

/// A TorchScript file whose forward is `body` of x, with one weight w = 2.
inline std::string script(const TempDir& dir, const std::string& name, const std::string& body,
                          at::ScalarType type = at::kFloat) {
  torch::jit::Module module("V");
  module.register_parameter("w", at::full({1}, 2.0, type), false);
  module.define("def forward(self, x):\n  return " + body + "\n");
  const std::string path = (dir / name).string();
  module.save(path);
  return path;
}

/// A resnet10 for images of 16 pixels, which answers with 256 numbers.
inline std::string encoder(const TempDir& dir, const std::string& name, std::uint64_t seed) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.stem = nn::kStems.parse("imagenet");
  config.input.size = 16;
  const nn::Encoder made = nn::make_encoder(config);
  nn::initialize(*made, seed);
  nn::save_encoder(dir / name, made, {}, Overwrite::kAllow);
  return (dir / name).string();
}

/// The answers about u8 [N, height, width, 3], N at most a batch, as f32 [N, width].
inline at::Tensor answers_to(const answers::Victim& victim, const at::Tensor& pixels) {
  const at::Tensor images = pixels.contiguous();
  std::vector<answers::Query> queries;
  for (std::int64_t i = 0; i < images.size(0); ++i)
    queries.push_back({static_cast<std::uint64_t>(i),
                       {},
                       static_cast<std::uint32_t>(images.size(1)),
                       static_cast<std::uint32_t>(images.size(2)),
                       images[i].data_ptr<std::uint8_t>()});
  std::vector<at::Tensor> rows;
  for (const answers::Outcome& outcome : victim.ask(queries))
    rows.push_back(at::tensor(outcome.answer));
  return at::stack(rows);
}

}  // namespace cs::test
