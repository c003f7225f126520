#include "train/trainer.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "nn/pixels.hpp"

namespace cs::train {
namespace {

at::Tensor to_device(const at::Tensor& tensor, c10::Device device) {
  return tensor.defined() ? tensor.to(device, tensor.scalar_type(), /*non_blocking=*/true) : tensor;
}

/// Those of the method's parameters that are not frozen and follow no others.
std::vector<at::Tensor> trainable(const methods::Method& method) {
  std::vector<at::Tensor> parameters;
  for (const at::Tensor& parameter : method.parameters())
    if (parameter.requires_grad()) parameters.push_back(parameter);
  if (parameters.empty())
    throw UsageError("`freeze`", "leaves this method nothing to train; freeze fewer layers");
  return parameters;
}

/// Adds the time since the last lap to a total.
class Laps {
 public:
  void add_to(double& total) {
    const auto now = std::chrono::steady_clock::now();
    total += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

class Run {
 public:
  Run(methods::Method& method, data::Loader& loader, const TrainerOptions& options)
      : method_(method),
        loader_(loader),
        options_(options),
        steps_(loader.batches_per_epoch()),
        optimizer_(trainable(method), options.optimizer),
        losses_(at::zeros({steps_}, at::TensorOptions(options.device))) {
    if (steps_ == 0) throw DataError("training", "the set has no records");
  }

  void train() {
    resume();
    while (at_.current.epoch < options_.epochs) {
      train_epoch();
      at_.finished.push_back(at_.current);
      tell(at_.current);
      at_.current = EpochReport{at_.current.epoch + 1};
      at_.step = 0;
    }
    check_state();
  }

 private:
  nn::State state() const {
    nn::State all;
    for (const auto& [prefix, part] :
         {std::pair("method.", nn::state_of(method_)), std::pair("optimizer.", optimizer_.state())})
      for (const auto& [name, tensor] : part) all.emplace_back(prefix + name, tensor);
    all.emplace_back("losses", losses_);
    return all;
  }

  void resume() {
    if (options_.checkpoint != nullptr)
      if (const auto found = options_.checkpoint->restore(state())) at_ = *found;
    if (at_.step < 0 || at_.step > steps_ || at_.current.epoch < 0)
      throw DataError(options_.checkpoint->path().string(),
                      "states a step that the run does not have; start over with `restart`");
    if (options_.log != nullptr) options_.log->clear();  // not before the run is known to go on
    for (const EpochReport& report : at_.finished) tell(report);
  }

  void tell(const EpochReport& report) const {
    if (options_.log != nullptr) options_.log->write(report);
    if (options_.on_epoch) options_.on_epoch(report);
  }

  void train_epoch() {
    EpochReport& now = at_.current;
    now.lr = options_.optimizer.lr *
             schedule_factor(options_.schedule, now.epoch, options_.epochs, options_.warmup);
    optimizer_.set_lr(now.lr);
    loader_.start_epoch(now.epoch, at_.step);
    Laps whole;
    Laps parts;
    for (data::Batch batch; loader_.next(batch);) {
      parts.add_to(now.loading_seconds);
      step(batch, parts);
      whole.add_to(now.seconds);
      share_cores();
      interrupt();
    }
    check_losses();
    whole.add_to(now.seconds);
    now.loss = losses_.to(at::kDouble).mean().item<double>();
    const auto images = static_cast<double>(steps_ * loader_.images_per_batch());
    now.images_per_second = images / now.seconds;
  }

  void step(const data::Batch& batch, Laps& parts) {
    EpochReport& now = at_.current;
    const auto& input = method_.encoder()->config().input;
    const at::Tensor images = nn::normalize(batch.images, input, options_.device);
    const methods::Targets targets{to_device(batch.answers, options_.device),
                                   to_device(batch.labels, options_.device)};
    at::Tensor outputs;
    {
      const nn::Autocast autocast(options_.device, options_.precision);
      outputs = method_.forward(images);
    }
    const at::Tensor loss = method_.loss(outputs, targets);
    losses_[at_.step].copy_(loss.detach());  // read later: here it would stall a GPU
    if (options_.device.is_cpu() && !std::isfinite(loss.item<double>())) diverged(at_.step);
    parts.add_to(now.forward_seconds);
    optimizer_.clear_gradients();
    loss.backward();
    parts.add_to(now.backward_seconds);
    optimizer_.step();
    method_.after_step(now.epoch * steps_ + at_.step, options_.epochs * steps_);
    parts.add_to(now.optimizer_seconds);
    if (++at_.step == steps_) now.spread = method_.spread().item<double>();
  }

  void share_cores() const {
    if (options_.cores == nullptr) return;
    const auto threads = options_.cores->step();
    if (!threads) return;
    nn::set_threads(*threads);
    if (options_.on_threads) options_.on_threads(*threads);
  }

  /// Saves a checkpoint that is due, or stops.
  void interrupt() {
    const int signal = stop_requested();
    Checkpoint* const checkpoint = options_.checkpoint;
    if (checkpoint != nullptr && (signal != 0 || checkpoint->due())) {
      check_losses();
      check_state();
      checkpoint->save(state(), at_);
    }
    if (checkpoint != nullptr && signal == SIGTERM)
      throw Incomplete("training", "stopped in epoch " + std::to_string(at_.current.epoch) +
                                       ", step " + std::to_string(at_.step) + "; " +
                                       printable(checkpoint->path().string()) +
                                       " is complete, the same command goes on from it");
    if (signal != 0) throw Stopped{signal};
  }

  /// Throws if a loss of this epoch was not finite.
  void check_losses() {
    const std::int64_t done = std::min(at_.step + 1, steps_);
    const at::Tensor losses = losses_.narrow(0, 0, done).to(at::kCPU);
    const float* const values = losses.data_ptr<float>();
    const float* const bad =
        std::find_if(values, values + done, [](float loss) { return !std::isfinite(loss); });
    if (bad != values + done) diverged(bad - values);
  }

  [[noreturn]] void diverged(std::int64_t step) {
    const std::vector<std::uint64_t> records = loader_.record_ids(step);
    if (options_.log != nullptr) options_.log->write_divergence(at_.current.epoch, step, records);
    constexpr std::size_t kShown = 8;
    std::string list;
    for (std::size_t i = 0; i < std::min(kShown, records.size()); ++i)
      list += (i == 0 ? "" : ", ") + std::to_string(records[i]);
    if (records.size() > kShown)
      list += " and " + std::to_string(records.size() - kShown) + " more (`log` lists them)";
    throw Error("training", "the loss is not finite in epoch " + std::to_string(at_.current.epoch) +
                                ", step " + std::to_string(step) + ", of the records " + list +
                                "; try a lower `lr`, `clip-norm`, or `precision` f32");
  }

  /// Throws if something that a checkpoint or an encoder keeps is not finite: the last step comes
  /// after the last loss, and a loss may be finite beside statistics that are not.
  void check_state() const {
    for (const auto& [name, tensor] : state())
      if (tensor.is_floating_point() && !at::isfinite(tensor).all().item<bool>())
        throw Error("training", "left values in " + name +
                                    " that are not finite; try a lower `lr`, `clip-norm`, or "
                                    "`precision` f32");
  }

  methods::Method& method_;
  data::Loader& loader_;
  const TrainerOptions& options_;
  const std::int64_t steps_;  ///< of an epoch
  Optimizer optimizer_;
  at::Tensor losses_;  ///< of the steps of this epoch, on the device; older ones in those to come
  Position at_;
};

}  // namespace

void train(methods::Method& method, data::Loader& loader, const TrainerOptions& options) {
  method.to(options.device);
  method.train();
  if (options.device.is_cuda()) at::globalContext().setBenchmarkCuDNN(true);
  Run(method, loader, options).train();
}

}  // namespace cs::train
