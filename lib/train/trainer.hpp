/// The training loop.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>

#include "data/loader.hpp"
#include "methods/method.hpp"
#include "nn/core_watch.hpp"
#include "nn/device.hpp"
#include "train/checkpoint.hpp"
#include "train/log.hpp"
#include "train/optimizer.hpp"

namespace cs::train {

struct TrainerOptions {
  std::int64_t epochs = 100;
  OptimizerOptions optimizer;  ///< its lr is the one that the schedule scales
  methods::Schedule schedule = methods::Schedule::kConstant;
  std::int64_t warmup = 0;  ///< epochs over which the learning rate grows linearly
  c10::Device device = c10::kCPU;
  nn::Precision precision = nn::Precision::kF32;
  EpochLog* log = nullptr;                           ///< of epochs, those before a resumption too
  std::function<void(const EpochReport&)> on_epoch;  ///< called after each, as `log` is
  Checkpoint* checkpoint = nullptr;                  ///< saved when it is due, and on a signal
  /// Told of every step; the threads of LibTorch become what it says. Results then depend on what
  /// else runs on the machine.
  nn::CoreWatch* cores = nullptr;
  std::function<void(int)> on_threads;  ///< called when `cores` has changed their number
};

/// Trains `method` in place and leaves it on `options.device`, in training mode; goes on from
/// `options.checkpoint` if that has a file. The same weights, loader, options, number of threads,
/// build and CPU type give the same result, interrupted or not.
///
/// Within an epoch nothing waits for a GPU but a checkpoint that is due. Throws Error if the loss
/// or the weights stop being finite (the last checkpoint then holds the last weights that were),
/// UsageError if nothing is left to train; on a signal, when the checkpoint is saved, Incomplete
/// for SIGTERM and Stopped for others or without a checkpoint.
void train(methods::Method& method, data::Loader& loader, const TrainerOptions& options);

}  // namespace cs::train
