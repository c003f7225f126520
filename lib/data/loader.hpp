/// Batches of augmented views, made by CPU threads ahead of the training loop.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "data/loader_options.hpp"
#include "data/training_set.hpp"

namespace cs::data {

/// One step's worth. Every tensor has its rows in the order of `records`, once a view or answer.
struct Batch {
  std::vector<std::int64_t> records;  ///< positions of the originals in the set
  at::Tensor images;  ///< u8 [`options.views` * batch, height, width, 3], all first views first
  /// f32 [`options.answers` * batch, width], all first ones first; of predictions i64 [batch];
  /// undefined without.
  at::Tensor answers;
  at::Tensor labels;  ///< i64 [batch]; undefined unless the set has them
};

/// Hands out every record once an epoch in an order drawn from (seed, epoch); the last records
/// that do not fill a batch are left out (of a set smaller than a batch, the batch is the set).
/// Contents depend on (seed, record, epoch) alone, not on `threads`. Not for several consumers.
class Loader {
 public:
  /// `set` must outlive the loader. Throws UsageError if the options ask for images that the set
  /// does not have (stored or same views of originals that came without them, more answers than
  /// there are), or for encoded ones without a size, or if the images are stored views and
  /// the options make views of originals.
  Loader(const TrainingSet& set, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batch() const;             ///< records of every batch
  std::int64_t images_per_batch() const;  ///< batch() times the views of each record
  std::int64_t batches_per_epoch() const;
  /// Begins epoch 0, 1, ... at one of its batches; drops what is left of another.
  void start_epoch(std::int64_t epoch, std::int64_t first_batch = 0);
  bool next(Batch& batch);  ///< false at the end of the epoch
  /// The ids of the records of a batch of the epoch that was started last.
  std::vector<std::uint64_t> record_ids(std::int64_t batch) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cs::data
