#include "learn/trainer.hpp"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/stop.hpp"

namespace cs::learn {
namespace {

at::Tensor to_device(const at::Tensor& tensor, c10::Device device) {
  return tensor.defined() ? tensor.to(device, tensor.scalar_type(), /*non_blocking=*/true) : tensor;
}

/// The loss of one batch, with its graph.
at::Tensor batch_loss(Method& method, const data::Batch& batch, const TrainerOptions& options) {
  const auto& input = method.encoder()->config().input;
  const at::Tensor images = nn::normalize(at::cat(batch.views), input, options.device);
  const Targets targets{to_device(batch.answers, options.device),
                        to_device(batch.labels, options.device)};
  at::Tensor outputs;
  {
    const nn::Autocast autocast(options.device, options.precision);
    outputs = method.forward(images);
  }
  return method.loss(outputs, targets);
}

/// Trains one epoch and fills in its loss and how long it took.
void train_epoch(Method& method, data::Loader& loader, Optimizer& optimizer,
                 const TrainerOptions& options, EpochReport& report) {
  const auto start = std::chrono::steady_clock::now();
  at::Tensor total = at::zeros({}, at::TensorOptions(options.device));
  std::int64_t steps = 0;
  std::int64_t images = 0;
  data::Batch batch;
  loader.start_epoch(report.epoch);
  while (loader.next(batch)) {
    check_stop();
    const at::Tensor loss = batch_loss(method, batch, options);
    optimizer.clear_gradients();
    loss.backward();
    optimizer.step();
    total += loss.detach();  // on the device: reading it at every step would stall a GPU
    ++steps;
    images += static_cast<std::int64_t>(batch.views.size()) * batch.views.front().size(0);
  }
  if (steps == 0) throw DataError("training", "the set has no records");
  report.loss = total.item<double>() / static_cast<double>(steps);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.images_per_second = static_cast<double>(images) / report.seconds;
}

}  // namespace

EpochLog::EpochLog(std::filesystem::path path) : path_(std::move(path)) {
  if (!path_.empty()) out_.open(path_, std::ios::trunc);
  check();
}

void EpochLog::write(const EpochReport& r) {
  const Json line = {{"epoch", r.epoch},
                     {"loss", r.loss},
                     {"lr", r.lr},
                     {"seconds", r.seconds},
                     {"images_per_second", r.images_per_second}};
  if (!path_.empty()) out_ << to_line(line) << '\n' << std::flush;
  check();
}

void EpochLog::check() const {
  if (!path_.empty() && !out_) throw Error(path_.string(), "the log cannot be written");
}

void train(Method& method, data::Loader& loader, const TrainerOptions& options) {
  method.to(options.device);
  method.train();
  Optimizer optimizer(method.parameters(), options.optimizer);
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    EpochReport report;
    report.epoch = epoch;
    report.lr = options.optimizer.lr *
                schedule_factor(options.schedule, epoch, options.epochs, options.warmup);
    optimizer.set_lr(report.lr);
    train_epoch(method, loader, optimizer, options, report);
    if (!std::isfinite(report.loss)) {
      throw Error("training", "the loss of epoch " + std::to_string(epoch) +
                                  " is not finite; try a lower --lr, or --precision f32");
    }
    if (options.on_epoch) options.on_epoch(report);
  }
  // The last step comes after the last loss.
  for (const at::Tensor& weight : method.parameters())
    if (!at::isfinite(weight).all().item<bool>())
      throw Error("training",
                  "left weights that are not finite; try a lower --lr, or "
                  "--precision f32");
}

}  // namespace cs::learn
