/// The training loop.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>

#include "data/loader.hpp"
#include "learn/method.hpp"
#include "learn/optimizer.hpp"
#include "nn/device.hpp"

namespace cs::learn {

struct EpochReport {
  std::int64_t epoch = 0;  ///< from 0
  double loss = 0;         ///< mean over the epoch's batches
  double lr = 0;
  double seconds = 0;
  double images_per_second = 0;  ///< views that were trained on
};

/// Writes one JSON line an epoch to a file, each as soon as it is known: epoch, loss, lr, seconds,
/// images_per_second. With an empty path it writes nothing. Throws Error if the file cannot be
/// written.
class EpochLog {
 public:
  explicit EpochLog(std::filesystem::path path);
  void write(const EpochReport& report);

 private:
  void check() const;
  std::filesystem::path path_;
  std::ofstream out_;
};

struct TrainerOptions {
  std::int64_t epochs = 100;
  OptimizerOptions optimizer;  ///< its lr is the one that the schedule scales
  Schedule schedule = Schedule::kConstant;
  std::int64_t warmup = 0;  ///< epochs over which the learning rate grows linearly
  c10::Device device = c10::kCPU;
  nn::Precision precision = nn::Precision::kF32;
  std::function<void(const EpochReport&)> on_epoch;  ///< called after each epoch, if set
};

/// Trains `method` in place and leaves it on `options.device`, in training mode. The same weights,
/// loader, options, number of threads, build and CPU type give the same result. Throws Error if
/// the loss stops being finite, Stopped on request; the weights are then of no use.
void train(Method& method, data::Loader& loader, const TrainerOptions& options);

}  // namespace cs::learn
