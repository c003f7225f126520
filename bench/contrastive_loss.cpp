// contrastive_loss INPUT LOSS ROWS WIDTH TAU THREADS GRADIENT: a loss of two matrices of ROWS x
// WIDTH, forward and backward, for contrastive_loss.py. INPUT holds the surrogate's rows, then the
// victim's, as raw f32. LOSS is cont_steal, whose victim's rows are constants, or nt_xent, which
// has a gradient for both.
//
// For every line of standard input: computes it ten times and prints the mean seconds of one, the
// loss and by how many bytes memory ever grew over what was resident before. At the end GRADIENT
// gets the gradient of the surrogate's rows.

#include <ATen/ATen.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>

#include "methods/losses.hpp"
#include "nn/device.hpp"

namespace {

constexpr int kCalls = 10;

struct Inputs {
  at::Tensor surrogate, victim;
};

Inputs read_inputs(const std::string& path, std::int64_t rows, std::int64_t width) {
  at::Tensor both = at::empty({2, rows, width}, at::kFloat);
  std::ifstream file(path, std::ios::binary);
  file.read(static_cast<char*>(both.data_ptr()), static_cast<std::streamsize>(both.nbytes()));
  if (!file) throw std::runtime_error(path + " is too short");
  return {both[0].clone(), both[1].clone()};
}

/// A line of /proc/self/status, such as VmRSS, in bytes.
std::int64_t status(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(name + ":", 0) == 0) return std::stoll(line.substr(name.size() + 1)) * 1024;
  throw std::runtime_error("/proc/self/status has no " + name);
}

/// From now on VmHWM is the most memory since now.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5\n" << std::flush; }

at::Tensor step(const Inputs& in, const std::string& name, double tau) {
  in.surrogate.mutable_grad() = at::Tensor();
  in.victim.mutable_grad() = at::Tensor();
  const at::Tensor loss = name == "nt_xent" ? cs::methods::nt_xent(in.surrogate, in.victim, tau)
                                            : cs::methods::cont_steal(in.surrogate, in.victim, tau);
  loss.backward();
  return loss.detach();
}

void run(char** argv) {
  const Inputs in = read_inputs(argv[1], std::stoll(argv[3]), std::stoll(argv[4]));
  const std::string name = argv[2];
  const double tau = std::stod(argv[5]);
  cs::nn::set_threads(std::stoi(argv[6]));
  in.surrogate.requires_grad_(true);
  in.victim.requires_grad_(name == "nt_xent");

  std::cout << std::setprecision(15);
  forget_peak();
  const std::int64_t before = status("VmRSS");
  for (std::string line; std::getline(std::cin, line);) {
    at::Tensor loss;
    const auto begin = std::chrono::steady_clock::now();
    for (int call = 0; call < kCalls; ++call) loss = step(in, name, tau);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    std::cout << seconds.count() / kCalls << ' ' << loss.item<double>() << ' '
              << status("VmHWM") - before << std::endl;
  }
  const at::Tensor gradient = in.surrogate.grad().contiguous();
  std::ofstream file(argv[7], std::ios::binary);
  file.write(static_cast<const char*>(gradient.data_ptr()),
             static_cast<std::streamsize>(gradient.nbytes()));
  if (!file.flush()) throw std::runtime_error(std::string(argv[7]) + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 8)
      throw std::runtime_error(
          "usage: contrastive_loss INPUT LOSS ROWS WIDTH TAU THREADS GRADIENT");
    run(argv);
  } catch (const std::exception& e) {
    std::cerr << "contrastive_loss: " << e.what() << '\n';
    return 1;
  }
}
