/// What one epoch uses of each record: its place in the order, which stored answer and image, and
/// the random numbers of its fresh views. All of it follows from (seed, record, epoch) alone, so
/// that a training can go on anywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "data/loader_options.hpp"
#include "data/training_set.hpp"

namespace cs::data {

/// Positions of records, or rows of a tensor.
using Rows = std::vector<std::int64_t>;

class Epoch {
 public:
  /// Epoch `number`, from 0. `set` and `options` must outlive it.
  Epoch(const TrainingSet& set, const LoaderOptions& options, std::int64_t number);

  /// Positions of the originals in the set, in the order of this epoch, from place `first` on.
  Rows records(std::int64_t first, std::int64_t count) const;

  /// Row of the set's answers: of the `number`-th answer, from 0, that this epoch uses to a record.
  /// Different numbers are different rows.
  std::int64_t answer_row(std::int64_t record, std::int64_t number) const;

  /// Row of the set's images that view `view`, from 0, of a record is made from.
  std::int64_t image_row(std::int64_t record, std::int64_t view) const;

  /// The random numbers of a fresh view. No other view of the record shares them, in no epoch.
  Random random(std::int64_t record, std::int64_t view) const;

 private:
  std::int64_t draw_row(std::int64_t record, Purpose purpose, std::int64_t number) const;

  const TrainingSet& set_;
  const LoaderOptions& options_;
  std::int64_t number_;
  Rows order_;
};

}  // namespace cs::data
