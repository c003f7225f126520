/// One training from start to end: what cs-train does once it has read its images and answers.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "core/file.hpp"
#include "core/json_fwd.hpp"
#include "data/training_set.hpp"
#include "methods/method.hpp"
#include "nn/device.hpp"
#include "nn/encoder.hpp"
#include "nn/foreign_weights.hpp"
#include "nn/head.hpp"
#include "train/checkpoint.hpp"
#include "train/trainer.hpp"

namespace cs::train {

struct SessionOptions {
  /// Architecture, stem, mean and std of a new encoder; its input size is `size`, its width that
  /// of the victim's embeddings (the architecture's own if there are none, or an adapter).
  nn::EncoderConfig encoder;
  /// Where training starts from, instead of a new encoder of `encoder`; left as it is.
  std::optional<nn::Encoder> init;
  int size = 0;  ///< side of the images that the encoder sees; 0 = that of `init`, or of the set's
                 ///< images, which must then be raw
  std::uint64_t seed = 0;
  int threads = 1;
  bool share_cores = false;  ///< use one thread while other processes need the cores (CoreWatch)
  std::function<void(int)> on_threads;  ///< called when that changes their number
  c10::Device device = c10::kCPU;
  nn::Precision precision = nn::Precision::kF32;
  EpochLog* log = nullptr;
  std::function<void(const EpochReport&)> on_epoch;
  Checkpoint* checkpoint = nullptr;
};

/// What a training leaves: the encoder and, of methods that classify, the classifier.
struct Trained {
  nn::Encoder encoder;
  std::optional<nn::Head> head;
};

/// An encoder, initialized from the seed or taken over, and trained on `set` by the method with
/// this recipe.
Trained train_encoder(const methods::MethodInfo& info, const methods::Recipe& recipe,
                      const data::TrainingSet& set, const SessionOptions& options);

/// The files of a training. The checkpoint is beside the output, at OUTPUT.checkpoint, until that
/// is complete.
struct SessionFiles {
  std::filesystem::path output;     ///< the encoder
  std::filesystem::path save_head;  ///< of methods that classify; empty = none
  std::filesystem::path log;        ///< JSON lines; empty = none
  std::filesystem::path init;       ///< encoder to start from, instead of a new one; may be empty
  nn::StatedNetwork init_network;   ///< of weights that do not say it
  Overwrite overwrite = Overwrite::kRefuse;
  double checkpoint_minutes = 10;  ///< from one checkpoint to the next
  bool restart = false;            ///< a checkpoint that exists is removed instead of continued
};

/// Throws UsageError if a file that is to be written is another one of them, or one of `inputs`, or
/// is there and may not be replaced (a log always may); Error if its folder does not exist.
void check_files(const SessionFiles& files, const std::vector<std::filesystem::path>& inputs);

/// train_encoder() with these files: goes on from a checkpoint of the same run, and publishes what
/// it leaves. `step` is the tool's line of the history; with the precision and the digests of all
/// inputs added it is that of the output, and tells runs apart.
void train_and_save(const methods::MethodInfo& info, const methods::Recipe& recipe,
                    const data::TrainingSet& set, SessionOptions options, const SessionFiles& files,
                    Json step);

/// The member "method" of the encoder's metadata: its name and the recipe's, what the answers cost
/// an attacker ("calls", answers in the set, and "images", originals), the value of every option
/// that had an effect, and for answers that are posteriors their form.
Json describe(const methods::MethodInfo& info, const methods::Recipe& recipe,
              const data::TrainingSet& set);

}  // namespace cs::train
