/// One training from start to end: what cs-train does between reading its inputs and writing its
/// output.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "core/json_fwd.hpp"
#include "data/training_set.hpp"
#include "learn/method.hpp"
#include "learn/trainer.hpp"
#include "nn/device.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace cs::learn {

struct SessionOptions {
  /// Architecture, stem, mean and std of the new encoder; its input size is `size`, its width that
  /// of the victim's embeddings (of none, the architecture's own).
  nn::EncoderConfig encoder;
  int size = 0;  ///< side of the images that the encoder sees; 0 = the set's, which must be raw
  std::uint64_t seed = 0;
  int threads = 1;
  c10::Device device = c10::kCPU;
  nn::Precision precision = nn::Precision::kF32;
  std::function<void(const EpochReport&)> on_epoch;
};

/// What a training leaves: the encoder and, of methods that classify, the classifier.
struct Trained {
  nn::Encoder encoder{nullptr};
  std::optional<nn::Head> head;
};

/// A new encoder, initialized from the seed and trained on `set` by the method with this recipe.
Trained train_encoder(const MethodInfo& info, const Defaults& recipe, const data::TrainingSet& set,
                      const SessionOptions& options);

/// The member "method" of the encoder's metadata: its name, what the answers cost an attacker
/// ("calls", and "images", the distinct ones), and the value of every option that had an effect.
Json describe(const MethodInfo& info, const Defaults& recipe, const data::TrainingSet& set);

}  // namespace cs::learn
