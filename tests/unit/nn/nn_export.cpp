// nn_export FOLDER ARCH STEM WIDTH: writes an encoder with arbitrary weights and statistics, some
// pixels and the encoder's embeddings of them, for encoder_reference.py to check.

#include <ATen/ATen.h>

#include <iostream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/random.hpp"
#include "formats/npy.hpp"
#include "nn/encoder.hpp"
#include "nn/encoder_file.hpp"
#include "nn/init.hpp"
#include "nn/pixels.hpp"

namespace {

/// Means, variances, scales and shifts as training could leave them.
void disturb_batch_norm(cs::nn::Encoder& encoder) {
  cs::Random random(1, cs::Purpose::kSynth, 0);
  const auto fill = [&](at::Tensor tensor, double low, double high) {
    at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
    for (std::int64_t i = 0; i < values.numel(); ++i)
      values.data_ptr<float>()[i] = static_cast<float>(random.uniform(low, high));
    tensor.copy_(values);
  };
  const at::NoGradGuard no_grad;
  for (const auto& item : encoder->named_buffers()) {
    const std::string& name = item.key();
    if (name.find("running_mean") != std::string::npos) fill(item.value(), -0.3, 0.3);
    if (name.find("running_var") != std::string::npos) fill(item.value(), 0.5, 1.5);
    if (name.find("num_batches") != std::string::npos) item.value().fill_(7);
  }
  for (const auto& item : encoder->named_parameters())
    if (item.value().dim() == 1) fill(item.value(), 0.2, 1.0);
}

at::Tensor make_pixels(std::int64_t count, std::int64_t size) {
  at::Tensor pixels = at::empty({count, size, size, 3}, at::kByte);
  cs::Random random(2, cs::Purpose::kSynth, 0);
  for (std::int64_t i = 0; i < pixels.numel(); ++i)
    pixels.data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(random.below(256));
  return pixels;
}

void write_npy(const std::filesystem::path& path, const char* dtype, const at::Tensor& tensor) {
  const std::string_view bytes(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  cs::write_file(path, cs::formats::to_npy(dtype, tensor.sizes().vec(), bytes),
                 cs::Overwrite::kAllow);
}

void export_case(const std::filesystem::path& folder, const cs::nn::EncoderConfig& config) {
  cs::nn::Encoder encoder = cs::nn::make_encoder(config);
  cs::nn::initialize(*encoder, 1);
  disturb_batch_norm(encoder);
  encoder->eval();
  const at::NoGradGuard no_grad;
  const at::Tensor pixels = make_pixels(4, config.input.size);
  const at::Tensor input = cs::nn::normalize(pixels, config.input, at::kCPU);
  std::filesystem::create_directories(folder);
  cs::nn::save_encoder(folder / "encoder.safetensors", encoder, {}, cs::Overwrite::kAllow);
  write_npy(folder / "pixels.npy", "u1", pixels);
  write_npy(folder / "embeddings.npy", "f4", encoder->forward(input).contiguous());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: nn_export FOLDER ARCH STEM WIDTH\n";
    return 2;
  }
  try {
    cs::nn::EncoderConfig config;
    config.arch = argv[2];
    config.stem = cs::nn::kStems.parse(argv[3]);
    config.width = std::stoll(argv[4]);
    config.input = {config.stem.pool ? 64 : 32, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
    export_case(argv[1], config);
  } catch (const std::exception& e) {
    std::cerr << "nn_export: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
