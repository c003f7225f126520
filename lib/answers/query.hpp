/// Asking a victim about every image of a dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "answers/cache.hpp"
#include "answers/victim.hpp"
#include "core/json_fwd.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// Answers to images of successive ids.
struct Answers {
  std::uint64_t first = 0;     ///< id of the first
  std::vector<Digest> images;  ///< what was asked about; zeros if the victim sees no images
  std::vector<float> values;   ///< one answer after the other

  std::size_t size() const { return images.size(); }
  std::size_t width() const { return images.empty() ? 0 : values.size() / images.size(); }
};

/// Takes answers in id order.
using Deliver = std::function<void(const Answers& answers)>;

struct QueryOptions {
  int threads = 1;               ///< that read and decode images, where a cache is asked first
  AnswerCache* cache = nullptr;  ///< if set, only what it lacks is asked, in `account`'s name
  Account account{};
  std::function<void(std::uint64_t images)> progress{};  ///< called as answers come in
};

/// Asks `victim` about all images and hands the answers to `deliver`. Each image is read and
/// decoded once, if the victim sees images: with a cache some 100 MiB of pixels at a time, without
/// one those of a few calls.
///
/// With a cache, which is only for victims that see images, equal images are asked about once and
/// every answer is committed to it; `deliver` gets them all once none is missing. An image
/// that another process has claimed and dropped is read again. Throws Incomplete if the account's
/// budget ends before that, or if the victim leaves an image unanswered: what was answered is in
/// the cache then. Without a cache an unanswered image is an Error.
void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const Deliver& deliver);

struct DryRun {
  std::filesystem::path cache;  ///< empty for none; need not exist
  Account account;
  double price = 0;  ///< of one call
  int threads = 1;
  std::vector<std::filesystem::path> from{};  ///< caches that would be merged first
};

/// What asking about `images` would cost, without asking or writing anything: "victim", "images",
/// "distinct" (images), "cached" (of these), "calls", "price" (of all calls), "account", and
/// "budget_left" before the calls, null without a budget. Without a cache equal images are asked
/// about again. A victim that sees no images is never called, and "distinct" is null.
Json estimate(const Victim& victim, const store::Dataset& images, const DryRun& run);

}  // namespace cs::answers
