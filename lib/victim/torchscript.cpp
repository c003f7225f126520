/// A TorchScript program as a victim.

#include <ATen/ATen.h>
#include <torch/script.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/parse.hpp"
#include "victim/local.hpp"
#include "victim/script_output.hpp"
#include "victim/traced.hpp"

namespace cs::victim {
namespace {

/// Sides of images that published encoders take.
constexpr std::array<std::int64_t, 10> kUsualSides = {32, 64, 28, 96, 128, 160, 224, 256, 299, 384};

/// Numbers of images for which programs are traced.
constexpr std::array<std::int64_t, 8> kUsualBatches = {1, 2, 4, 8, 16, 32, 64, 128};

/// Floating-point weights and other tensors of the module as f32.
void widen(const torch::jit::Module& module) {
  const at::NoGradGuard no_grad;
  for (const auto& attribute : module.named_attributes(/*recurse=*/true)) {
    if (!attribute.value.isTensor()) continue;
    at::Tensor tensor = attribute.value.toTensor();
    if (tensor.defined() && at::isFloatingType(tensor.scalar_type()))
      tensor.set_data(tensor.to(at::kFloat));
  }
}

/// The line of an exception that says what went wrong: the first of LibTorch's own, the last of the
/// interpreter's, which begin with a trace.
std::string reason(const std::exception& e) {
  if (const auto* torch = dynamic_cast<const c10::Error*>(&e)) {
    const std::string text = torch->what_without_backtrace();
    return printable(text.substr(0, text.find('\n')));
  }
  std::string text = e.what();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return printable(text.substr(text.rfind('\n') + 1));
}

/// Answers with what the program returns, or the chosen part of it, flattened. Weights of another
/// precision are run as f32. A program that was traced for a fixed number of images is given as
/// many at a time, once a number that it takes is found.
class TorchScriptVictim : public LocalVictim {
 public:
  /// `bytes` are the file's. Throws DataError if this LibTorch does not load them.
  TorchScriptVictim(const std::string& path, const std::string& bytes,
                    const VictimOptions& options);

 private:
  static answers::VictimInfo description(const std::string& bytes);
  at::Tensor forward(const at::Tensor& images) const override;
  /// What the program returns for images [N, 3, side, side], which it gets in this layout.
  at::Tensor run(const at::Tensor& images, Layout layout) const;
  /// The same, `group` images at a time, filled up with zeros; nothing, and the `problem`, if the
  /// program does not answer so many with as many rows.
  std::optional<at::Tensor> run_in_groups(const at::Tensor& images, std::int64_t group,
                                          std::string& problem) const;
  [[noreturn]] void fail(const std::string& problem) const;
  bool takes(std::int64_t side, Layout layout) const;
  /// In words, images that the program takes and the options to pass, if it does not take its
  /// input's.
  std::optional<std::string> images_that_work() const;
  const Layout layout_;
  const std::optional<std::string> output_;
  mutable std::atomic<std::int64_t> group_{0};  ///< images that it is given at a time; 0: all
  torch::jit::Module module_;
};

TorchScriptVictim::TorchScriptVictim(const std::string& path, const std::string& bytes,
                                     const VictimOptions& options)
    : LocalVictim(path, description(bytes), input_of(options), options,
                  options.output.value_or("")),
      layout_(options.layout.value_or(Layout::kNchw)),
      output_(options.output) {
  // Else LibTorch compiles the program anew after its first calls, which changes last digits.
  torch::jit::setGraphExecutorOptimize(false);
  try {
    std::istringstream in(bytes);
    module_ = torch::jit::load(in, options.device);
    module_.eval();
    widen(module_);
  } catch (const std::exception& e) {
    throw DataError(path, "is not TorchScript that this LibTorch loads: " + reason(e));
  }
}

answers::VictimInfo TorchScriptVictim::description(const std::string& bytes) {
  answers::VictimInfo victim;
  victim.file = digest(bytes).hex();
  victim.kind = "torchscript";
  return victim;
}

at::Tensor TorchScriptVictim::run(const at::Tensor& images, Layout layout) const {
  torch::jit::Module module = module_;  // shares the weights
  const at::Tensor read = layout == Layout::kNhwc ? images.permute({0, 2, 3, 1}) : images;
  // Kernels chosen for channels-last differ in the last bits from those Python users get.
  at::Tensor answers = chosen_output(name(), module.forward({read.contiguous()}), output_);
  if (answers.dim() == 0) return answers;  // is refused
  return answers.dim() == 1 ? answers.unsqueeze(1) : answers.flatten(1);
}

at::Tensor TorchScriptVictim::forward(const at::Tensor& images) const {
  std::string problem;
  if (const std::int64_t group = group_; group != 0) {
    if (const auto grouped = run_in_groups(images, group, problem)) return *grouped;
    fail(problem);
  }
  at::Tensor answers;
  try {
    answers = run(images, layout_);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    problem = reason(e);
  }
  if (answers.defined() && answers.dim() == 2 && answers.size(0) == images.size(0)) return answers;
  std::string ignored;
  for (const std::int64_t group : kUsualBatches)
    if (const auto grouped = run_in_groups(images, group, ignored)) {
      group_ = group;
      return *grouped;
    }
  if (answers.defined()) return answers;      // is refused
  if (takes(side(), layout_)) fail(problem);  // on one of these images
  if (const auto others = images_that_work())
    throw DataError(
        name(), "does not take images of " + std::to_string(side()) + " pixels, but " + *others);
  fail(problem);
}

void TorchScriptVictim::fail(const std::string& problem) const {
  throw DataError(name(), "fails on images of " + std::to_string(side()) + " pixels: " + problem);
}

std::optional<at::Tensor> TorchScriptVictim::run_in_groups(const at::Tensor& images,
                                                           std::int64_t group,
                                                           std::string& problem) const {
  std::vector<at::Tensor> rows;
  for (std::int64_t first = 0; first < images.size(0); first += group) {
    const std::int64_t count = std::min(group, images.size(0) - first);
    at::Tensor some = images.narrow(0, first, count);
    if (count < group)
      some = at::cat({some, at::zeros({group - count, 3, side(), side()}, images.options())});
    at::Tensor answers;
    try {
      answers = run(some, layout_);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {
      problem = reason(e);
      return std::nullopt;
    }
    problem = "it does not answer each with one row";
    if (answers.dim() != 2 || answers.size(0) != group) return std::nullopt;
    rows.push_back(answers.narrow(0, 0, count));
  }
  return at::cat(rows);
}

bool TorchScriptVictim::takes(std::int64_t side, Layout layout) const {
  try {
    run(at::zeros({1, 3, side, side}, at::TensorOptions(device())), layout);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::optional<std::string> TorchScriptVictim::images_that_work() const {
  const bool nchw = layout_ == Layout::kNchw;
  const Layout other = nchw ? Layout::kNhwc : Layout::kNchw;
  const std::string axes = std::string("their channels ") + (nchw ? "last" : "first");
  const std::string option = "`layout` " + kLayouts.print(other);
  if (takes(side(), other)) return axes + "; pass " + option;
  for (const std::int64_t usual : kUsualSides) {
    const std::string number = std::to_string(usual);
    if (takes(usual, layout_)) return join({"of", number + "; pass `input-size`", number}, " ");
    if (takes(usual, other))
      return join({"of", number + ",", axes + "; pass `input-size`", number, "and", option}, " ");
  }
  return std::nullopt;
}

}  // namespace

std::unique_ptr<answers::Victim> torchscript_victim(const std::string& path,
                                                    const std::string& bytes,
                                                    const VictimOptions& options) {
  if (options.allow_code == AllowCode::kNo)
    throw UsageError(path, "is TorchScript, which is code; pass `allow-code` if you trust it");
  check_traced(path, bytes, options);
  return std::make_unique<TorchScriptVictim>(path, bytes, options);
}

}  // namespace cs::victim
