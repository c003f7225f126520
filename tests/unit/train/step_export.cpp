// Writes a ResNet-18 and a batch to DIR/before.bin, takes one optimizer step with each optimizer
// and writes what became of them, for step_reference.py to do again with torchvision. For three
// steps, a chaotic thing with a whole network, a few weights with given gradients: DIR/steps.bin.
//
// usage: step_export DIR. Files are records of: name, newline, number of values, newline,
// f32 values.

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "methods/losses.hpp"
#include "nn/encoder.hpp"
#include "nn/init.hpp"
#include "nn/pixels.hpp"
#include "train/optimizer.hpp"

namespace {

namespace methods = cs::methods;
namespace train = cs::train;
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
  nn::Encoder encoder = nn::make_encoder({});
  nn::initialize(*encoder, 1);
  return encoder;
}

void export_step(const std::filesystem::path& path, const at::Tensor& images,
                 const at::Tensor& answers, const train::OptimizerOptions& options) {
  nn::Encoder encoder = make_encoder();
  encoder->train();
  train::Optimizer optimizer(encoder->parameters(), options);
  const at::Tensor loss = methods::cont_steal(encoder->forward(images), answers, 0.5);
  optimizer.clear_gradients();
  loss.backward();
  optimizer.step();
  std::ofstream out(path, std::ios::binary);
  write(out, "loss", loss);
  write_weights(out, encoder);
}

/// Three steps of every rule from the same weights with the same gradients. Records: `w.I` the
/// weights before, `g.STEP.I` the gradients, `RULE.STEP.I` the weights after each step.
void export_steps(const std::filesystem::path& path) {
  using Kind = methods::OptimizerKind;
  const std::vector<std::pair<std::string, train::OptimizerOptions>> rules = {
      {"sgd", {Kind::kSgd, 0.1, 0.9, 5e-4, 0}},
      {"sgd_clip", {Kind::kSgd, 0.1, 0.9, 5e-4, 2}},
      {"sgd_plain", {Kind::kSgd, 0.1, 0, 0, 0}},
      {"adam", {Kind::kAdam, 3e-4, 0, 0.1, 0}},
      {"adam_clip", {Kind::kAdam, 3e-4, 0, 0.1, 2}},
      {"adamw", {Kind::kAdamW, 3e-4, 0, 0.1, 0}},
      {"lars", {Kind::kLars, 0.4, 0.9, 1e-2, 0}},
      {"lars_clip", {Kind::kLars, 0.4, 0.9, 1e-2, 2}},
      {"lars_low", {Kind::kLars, 1e-3, 0.9, 1e-2, 0}},  // where the rate is cut at 1
  };
  const std::vector<std::vector<std::int64_t>> shapes = {{16, 8, 3, 3}, {16}, {10, 16}, {10}};
  std::vector<at::Tensor> start;
  std::vector<std::vector<at::Tensor>> gradients(3);
  std::ofstream out(path, std::ios::binary);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    start.push_back(at::randn(shapes[i]));
    write(out, "w." + std::to_string(i), start.back());
    for (std::size_t step = 0; step < gradients.size(); ++step) {
      gradients[step].push_back(at::randn(shapes[i]) * (step == 2 ? 1e-2 : 1));  // not clipped
      write(out, "g." + std::to_string(step) + "." + std::to_string(i), gradients[step].back());
    }
  }
  for (const auto& [name, options] : rules) {
    std::vector<at::Tensor> weights;
    for (const at::Tensor& w : start) weights.push_back(w.clone().requires_grad_());
    train::Optimizer optimizer(weights, options);
    for (std::size_t step = 0; step < gradients.size(); ++step) {
      for (std::size_t i = 0; i < weights.size(); ++i)
        weights[i].mutable_grad() = gradients[step][i].clone();
      optimizer.step();
      for (std::size_t i = 0; i < weights.size(); ++i)
        write(out, name + "." + std::to_string(step) + "." + std::to_string(i), weights[i]);
    }
  }
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
  export_step(folder / "sgd.bin", images, answers, {methods::OptimizerKind::kSgd, 0.1, 0.9, 5e-4});
  export_step(folder / "adam.bin", images, answers, {methods::OptimizerKind::kAdam, 3e-4, 0, 1e-4});
  export_steps(folder / "steps.bin");
}
