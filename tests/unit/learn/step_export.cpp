// Writes a ResNet-18 and a batch to DIR/before.bin, takes one optimizer step with each optimizer
// and writes what became of them, for step_reference.py to do again with torchvision.
//
// usage: learn_step_export DIR. Files are records of: name, newline, number of values, newline,
// f32 values.

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "learn/losses.hpp"
#include "learn/optimizer.hpp"
#include "nn/encoder.hpp"

namespace {

namespace learn = cs::learn;
namespace nn = cs::nn;

void write(std::ofstream& out, const std::string& name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kFloat).contiguous();
  out << name << '\n' << values.numel() << '\n';
  out.write(reinterpret_cast<const char*>(values.data_ptr<float>()),
            static_cast<std::streamsize>(values.numel() * 4));
}

void write_weights(std::ofstream& out, const nn::Encoder& encoder) {
  for (const auto& item : encoder->named_parameters()) write(out, item.key(), item.value());
  for (const auto& item : encoder->named_buffers()) write(out, item.key(), item.value());
}

nn::Encoder make_encoder() {
  nn::Encoder encoder(nn::EncoderConfig{});
  nn::initialize(*encoder, 1);
  return encoder;
}

void export_step(const std::filesystem::path& path, const at::Tensor& images,
                 const at::Tensor& answers, const learn::OptimizerOptions& options) {
  nn::Encoder encoder = make_encoder();
  encoder->train();
  learn::Optimizer optimizer(encoder->parameters(), options);
  const at::Tensor loss = learn::cont_steal(encoder->forward(images), answers, 0.5);
  optimizer.clear_gradients();
  loss.backward();
  optimizer.step();
  std::ofstream out(path, std::ios::binary);
  write(out, "loss", loss);
  write_weights(out, encoder);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  at::manual_seed(2);
  const nn::EncoderConfig config;
  const at::Tensor pixels = at::randint(0, 256, {8, 32, 32, 3}, at::kByte);
  const at::Tensor images = nn::normalize(pixels, config.input, at::kCPU);
  const at::Tensor answers = at::randn({8, 512});
  std::ofstream before(folder / "before.bin", std::ios::binary);
  write(before, "pixels", pixels);
  write(before, "answers", answers);
  write_weights(before, make_encoder());
  before.close();
  export_step(folder / "sgd.bin", images, answers, {learn::OptimizerKind::kSgd, 0.1, 0.9, 5e-4});
  export_step(folder / "adam.bin", images, answers, {learn::OptimizerKind::kAdam, 3e-4, 0, 1e-4});
}
