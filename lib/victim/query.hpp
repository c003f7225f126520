/// Asking a victim about every image of a dataset.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "store/dataset.hpp"
#include "victim/victim.hpp"

namespace cs::victim {

struct QueryOptions {
  std::int64_t batch = 128;
  int threads = 1;  ///< batches asked at a time, each on one core; on a GPU one is enough
};

/// Asks `victim` about all images in id order and hands the answers, f32 [rows, width], to `take`
/// batch by batch, in order. Every batch has exactly `batch` rows (the last is filled up with
/// black images whose answers are dropped) and is computed on one core, so an answer depends
/// neither on its neighbors nor on `threads`.
void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const std::function<void(const at::Tensor& answers)>& take);

}  // namespace cs::victim
