/// Asking a victim about every image of a dataset.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/json_fwd.hpp"
#include "store/answer_cache.hpp"
#include "store/dataset.hpp"
#include "victim/victim.hpp"

namespace cs::victim {

struct QueryOptions {
  std::int64_t batch = 128;
  int threads = 1;  ///< batches asked at a time, each on one core; on a GPU one is enough
  store::AnswerCache* cache =
      nullptr;  ///< if set, only what it lacks is asked, in `account`'s name
  store::Account account{};
  std::function<void(std::uint64_t images)> progress{};  ///< called as answers come in
};

/// Asks `victim` about all images in id order and hands the answers, f32 [rows, width], to `take`
/// batch by batch, in order. Every batch has exactly `batch` rows (the last is filled up with
/// black images whose answers are dropped) and is computed on one core, so an answer depends
/// neither on its neighbors nor on `threads`.
///
/// With a cache, equal images are asked about once and every answer is committed to it; `take` gets
/// them all once none is missing. Throws Incomplete if the account's budget ends before that.
void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const std::function<void(const at::Tensor& answers)>& take);

struct DryRun {
  std::filesystem::path cache;  ///< empty for none; need not exist
  store::Account account;
  double price = 0;  ///< of one call
  int threads = 1;
};

/// What asking about `images` would cost, without asking or writing anything: "victim", "images",
/// "distinct" (images), "cached" (of these), "calls", "price" (of all calls), "account", and
/// "budget_left" before the calls, null without a budget. Without a cache equal images are asked
/// about again.
Json estimate(const Victim& victim, const store::Dataset& images, const DryRun& run);

}  // namespace cs::victim
