#include "train/optimizer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::train {
namespace {

using Tensors = std::vector<at::Tensor>;

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kEta = 0.02;             // LARS
constexpr std::int64_t kPiece = 1 << 17;  // values that a CPU thread works on at a time

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
  if (!(options.clip >= 0 && std::isfinite(options.clip))) {
    throw UsageError("clip", to_text(options.clip) + " is not 0 or more; 0 means no limit");
  }
}

bool is_adam(methods::OptimizerKind kind) {
  return kind == methods::OptimizerKind::kAdam || kind == methods::OptimizerKind::kAdamW;
}

/// What a rule works on: the i-th entries belong together. `first` and `second` are empty where the
/// rule keeps no such buffer, `scale` and `decay` where they are one number for all or none.
struct Lists {
  Tensors weights;
  Tensors gradients;
  Tensors first;
  Tensors second;
  Tensors scale;  // scalars: the rule's gradient is scale g + decay w
  Tensors decay;
};

/// The factors of clipping and of LARS, computed on the device: reading a norm would wait for it.
void add_factors(Lists& lists, const OptimizerOptions& options) {
  const bool lars = options.kind == methods::OptimizerKind::kLars;
  if (options.clip == 0 && !lars) return;
  const at::Tensor norms = at::stack(at::_foreach_norm(lists.gradients));
  at::Tensor clip = at::ones({}, norms.options());
  if (options.clip > 0) clip = (options.clip / (norms.norm() + 1e-6)).clamp_max_(1);
  if (!lars) {
    lists.scale = clip.expand_as(norms).unbind();
    return;
  }
  // Biases and norms count as weights of length 0, to which the rule does nothing.
  Tensors weight_norms = at::_foreach_norm(lists.weights);
  const at::Tensor zero = at::zeros({}, norms.options());
  for (std::size_t i = 0; i < weight_norms.size(); ++i)
    if (lists.weights[i].dim() == 1) weight_norms[i] = zero;
  const at::Tensor w = at::stack(weight_norms);
  const at::Tensor g = norms * clip;
  const at::Tensor trust = w * kEta / (g + w * options.weight_decay + kEpsilon);
  const at::Tensor rate = (trust / options.lr).clamp_max_(1);
  const at::Tensor applies = (w > 0).logical_and_(g > 0);
  lists.scale = (at::where(applies, rate, at::ones_like(rate)) * clip).unbind();
  lists.decay = at::where(applies, rate * options.weight_decay, at::zeros_like(rate)).unbind();
}

/// The gradients that the rule sees: scaled, and with the weights' decay added.
Tensors effective_gradients(const Lists& lists, double decay) {
  if (lists.scale.empty()) {
    return decay == 0 ? lists.gradients
                      : at::_foreach_add(lists.gradients, lists.weights, /*alpha=*/decay);
  }
  Tensors gradients = at::_foreach_mul(lists.gradients, lists.scale);
  if (!lists.decay.empty()) {
    at::_foreach_addcmul_(gradients, lists.weights, lists.decay);
  } else if (decay != 0) {
    at::_foreach_add_(gradients, lists.weights, /*alpha=*/decay);
  }
  return gradients;
}

void update_momentum(const Lists& lists, const OptimizerOptions& options) {
  Tensors change = effective_gradients(lists, options.weight_decay);
  if (!lists.first.empty()) {
    at::_foreach_mul_(lists.first, options.momentum);
    at::_foreach_add_(lists.first, change);
    change = lists.first;
  }
  at::_foreach_add_(lists.weights, change, /*alpha=*/-options.lr);
}

void update_adam(const Lists& lists, const OptimizerOptions& options, std::int64_t step) {
  const bool decoupled = options.kind == methods::OptimizerKind::kAdamW;
  if (decoupled && options.weight_decay != 0)
    at::_foreach_mul_(lists.weights, 1 - options.lr * options.weight_decay);
  const Tensors g = effective_gradients(lists, decoupled ? 0 : options.weight_decay);
  at::_foreach_mul_(lists.first, kBeta1);
  at::_foreach_add_(lists.first, g, /*alpha=*/1 - kBeta1);
  at::_foreach_mul_(lists.second, kBeta2);
  at::_foreach_addcmul_(lists.second, g, g, 1 - kBeta2);
  // m / (sqrt(s) / c + eps) is c m / (sqrt(s) + c eps), which takes one pass less.
  const double t = static_cast<double>(step);
  const double c = std::sqrt(1 - std::pow(kBeta2, t));
  const Tensors denominators = at::_foreach_sqrt(lists.second);
  at::_foreach_add_(denominators, c * kEpsilon);
  at::_foreach_addcdiv_(lists.weights, lists.first, denominators,
                        -options.lr * c / (1 - std::pow(kBeta1, t)));
}

void update(const Lists& lists, const OptimizerOptions& options, std::int64_t step) {
  if (is_adam(options.kind)) {
    update_adam(lists, options, step);
  } else {
    update_momentum(lists, options);
  }
}

/// `gradient` with the strides of its weight, if both lie in memory alike: the strides of
/// dimensions with one entry (1 x 1 kernels) may differ, and on a GPU one such pair in a list has
/// the operation done tensor by tensor.
at::Tensor aligned(const at::Tensor& gradient, const at::Tensor& weight) {
  if (gradient.strides() == weight.strides()) return gradient;
  for (std::int64_t d = 0; d < weight.dim(); ++d)
    if (weight.size(d) != 1 && gradient.stride(d) != weight.stride(d)) return gradient;
  return gradient.as_strided(weight.sizes(), weight.strides());
}

/// The i-th entries alone.
Lists entry(const Lists& lists, std::size_t i) {
  const auto one = [i](const Tensors& list) { return list.empty() ? list : Tensors{list[i]}; };
  return {one(lists.weights), one(lists.gradients), one(lists.first),
          one(lists.second),  one(lists.scale),     one(lists.decay)};
}

/// True if the tensors of an entry lie in memory without gaps and in one order, so that they can be
/// cut as rows of values.
bool can_be_cut(const Lists& entry) {
  const at::Tensor& w = entry.weights.front();
  const auto follows = [&w](const Tensors& list) {
    return list.empty() || list.front().strides() == w.strides();
  };
  return w.is_non_overlapping_and_dense() && follows(entry.gradients) && follows(entry.first) &&
         follows(entry.second);
}

/// `length` values of an entry from the `begin`-th in memory.
Lists piece(Lists entry, std::int64_t begin, std::int64_t length) {
  for (Tensors* list : {&entry.weights, &entry.gradients, &entry.first, &entry.second})
    for (at::Tensor& tensor : *list)
      tensor = tensor.as_strided({length}, {1}, tensor.storage_offset() + begin);
  return entry;
}

/// On a CPU a list takes as long as its tensors one by one, and each operation of a rule would read
/// a large one from memory again and allocate a large result; pieces stay in the cache.
void update_by_pieces(const Lists& lists, const OptimizerOptions& options, std::int64_t step) {
  const std::int64_t length = kPiece * at::get_num_threads();
  for (std::size_t i = 0; i < lists.weights.size(); ++i) {
    const Lists whole = entry(lists, i);
    const std::int64_t count = lists.weights[i].numel();
    if (count <= length || !can_be_cut(whole)) {
      update(whole, options, step);
      continue;
    }
    for (std::int64_t begin = 0; begin < count; begin += length)
      update(piece(whole, begin, std::min(length, count - begin)), options, step);
  }
}

}  // namespace

Optimizer::Optimizer(std::vector<at::Tensor> parameters, const OptimizerOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  check(options_);
  const bool adam = is_adam(options_.kind);
  for (const at::Tensor& parameter : parameters_) {
    if (adam || options_.momentum != 0) first_.push_back(at::zeros_like(parameter));
    if (adam) second_.push_back(at::zeros_like(parameter));
  }
  if (adam) steps_ = at::zeros({1}, at::kLong);
}

void Optimizer::set_lr(double lr) { options_.lr = lr; }

void Optimizer::clear_gradients() {
  for (auto& parameter : parameters_) parameter.mutable_grad() = at::Tensor();
}

void Optimizer::step() {
  const at::NoGradGuard no_grad;
  Lists lists;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor& gradient = parameters_[i].grad();
    if (!gradient.defined()) continue;
    lists.weights.push_back(parameters_[i]);
    lists.gradients.push_back(aligned(gradient, parameters_[i]));
    if (!first_.empty()) lists.first.push_back(first_[i]);
    if (!second_.empty()) lists.second.push_back(second_[i]);
  }
  if (lists.weights.empty()) return;
  const std::int64_t step = steps_.defined() ? ++*steps_.data_ptr<std::int64_t>() : 0;
  add_factors(lists, options_);
  if (lists.weights.front().is_cpu()) {
    update_by_pieces(lists, options_, step);
  } else {
    update(lists, options_, step);
  }
}

nn::State Optimizer::state() const {
  nn::State state;
  const bool adam = is_adam(options_.kind);
  if (adam) state.emplace_back("steps", steps_);
  for (std::size_t i = 0; i < first_.size(); ++i)
    state.emplace_back((adam ? "mean." : "momentum.") + std::to_string(i), first_[i]);
  for (std::size_t i = 0; i < second_.size(); ++i)
    state.emplace_back("square." + std::to_string(i), second_[i]);
  return state;
}

double schedule_factor(methods::Schedule schedule, std::int64_t epoch, std::int64_t epochs,
                       std::int64_t warmup) {
  if (epoch < warmup) return static_cast<double>(epoch + 1) / static_cast<double>(warmup);
  if (schedule == methods::Schedule::kConstant) return 1;
  const double progress =
      static_cast<double>(epoch - warmup) / static_cast<double>(epochs - warmup);
  return (1 + std::cos(3.14159265358979323846 * progress)) / 2;
}

}  // namespace cs::train
