/// Batches of augmented views, made by CPU threads ahead of the training loop.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "augment/policy.hpp"
#include "data/training_set.hpp"

namespace cs::data {

/// The image a surrogate sees beside the victim's answer.
enum class SurrogateView {
  kFresh,   ///< a new view of the original, drawn by the policy at every step
  kSame,    ///< the very image that the victim answered
  kPlain,   ///< the original, unchanged
  kStored,  ///< another stored view of the same original, drawn independently
};

/// Which of the K stored answers of a record an epoch uses.
enum class VictimView { kRandom, kCycle };

/// The words of options: `fresh`, `same`, `plain`, `stored`; `random`, `cycle`. Throw UsageError.
SurrogateView parse_surrogate_view(const std::string& text);
VictimView parse_victim_view(const std::string& text);
std::string to_string(SurrogateView view);
std::string to_string(VictimView view);

struct LoaderOptions {
  std::int64_t batch = 256;
  std::int64_t views = 1;  ///< images per record and step
  int size = 0;            ///< side of the views; 0 = the images', which must then be raw
  augment::Policy policy;  ///< of the fresh views
  SurrogateView surrogate_view = SurrogateView::kFresh;
  VictimView victim_view = VictimView::kRandom;
  std::uint64_t seed = 0;
  int threads = 1;  ///< that make views; 0 = in next() itself
};

/// One step's worth. Every tensor has its rows in the order of `records`.
struct Batch {
  std::vector<std::int64_t> records;  ///< positions of the originals in the set
  std::vector<at::Tensor> views;      ///< `options.views` tensors u8 [batch, height, width, 3]
  at::Tensor answers;  ///< f32 [batch, width], of predictions i64 [batch]; undefined without
  at::Tensor labels;   ///< i64 [batch]; undefined unless the set has them
};

/// Hands out every record once an epoch in an order drawn from (seed, epoch); the last records
/// that do not fill a batch are left out (of a set smaller than a batch, the batch is the set).
/// Contents depend on (seed, record, epoch) alone, not on `threads`. Not for several consumers.
class Loader {
 public:
  /// `set` must outlive the loader. Throws UsageError if the options ask for images that the set
  /// does not have (stored or same views of originals that came without them), or for encoded ones
  /// without a size.
  Loader(const TrainingSet& set, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batch() const;  ///< rows of every batch
  std::int64_t batches_per_epoch() const;
  void start_epoch(std::int64_t epoch);  ///< begins epoch 0, 1, ...; drops what is left of another
  bool next(Batch& batch);               ///< false at the end of the epoch

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cs::data
