#include "learn/optimizer.hpp"

#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::learn {
namespace {

void check(const OptimizerOptions& options) {
  if (!(options.lr > 0 && std::isfinite(options.lr))) {
    throw UsageError("learning rate", to_text(options.lr) + " is not a positive number");
  }
  if (!(options.momentum >= 0 && options.momentum < 1)) {
    throw UsageError("momentum", to_text(options.momentum) + " is not in 0 to 1");
  }
  if (!(options.weight_decay >= 0 && std::isfinite(options.weight_decay))) {
    throw UsageError("weight decay", to_text(options.weight_decay) + " is not 0 or more");
  }
}

std::unique_ptr<torch::optim::Optimizer> make(const std::vector<at::Tensor>& parameters,
                                              const OptimizerOptions& options) {
  check(options);
  if (options.kind == OptimizerKind::kAdam) {
    return std::make_unique<torch::optim::Adam>(
        parameters, torch::optim::AdamOptions(options.lr).weight_decay(options.weight_decay));
  }
  return std::make_unique<torch::optim::SGD>(parameters, torch::optim::SGDOptions(options.lr)
                                                             .momentum(options.momentum)
                                                             .weight_decay(options.weight_decay));
}

}  // namespace

Optimizer::Optimizer(std::vector<at::Tensor> parameters, const OptimizerOptions& options)
    : optimizer_(make(parameters, options)), parameters_(std::move(parameters)) {}

Optimizer::~Optimizer() = default;

void Optimizer::set_lr(double lr) {
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(lr);
}

void Optimizer::clear_gradients() {
  // Optimizer::zero_grad() of LibTorch 1.13 can only fill with zeros.
  for (auto& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

void Optimizer::step() { optimizer_->step(); }

double schedule_factor(Schedule schedule, std::int64_t epoch, std::int64_t epochs,
                       std::int64_t warmup) {
  if (epoch < warmup) return static_cast<double>(epoch + 1) / static_cast<double>(warmup);
  if (schedule == Schedule::kConstant) return 1;
  const double progress =
      static_cast<double>(epoch - warmup) / static_cast<double>(epochs - warmup);
  return (1 + std::cos(3.14159265358979323846 * progress)) / 2;
}

std::string to_string(OptimizerKind kind) { return kind == OptimizerKind::kSgd ? "sgd" : "adam"; }

std::string to_string(Schedule schedule) {
  return schedule == Schedule::kConstant ? "constant" : "cosine";
}

OptimizerKind parse_optimizer(const std::string& text) {
  for (const auto kind : {OptimizerKind::kSgd, OptimizerKind::kAdam}) {
    if (text == to_string(kind)) return kind;
  }
  throw UsageError("--optimizer", "'" + printable(text) + "' is none of sgd|adam");
}

Schedule parse_schedule(const std::string& text) {
  for (const auto schedule : {Schedule::kConstant, Schedule::kCosine}) {
    if (text == to_string(schedule)) return schedule;
  }
  throw UsageError("--schedule", "'" + printable(text) + "' is none of constant|cosine");
}

}  // namespace cs::learn
