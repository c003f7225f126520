/// Asking a victim about every image of a dataset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "answers/cache.hpp"
#include "answers/victim.hpp"
#include "store/dataset.hpp"

namespace cs::answers {

/// Answers to images of successive ids.
struct Answers {
  std::uint64_t first = 0;     ///< id of the first
  std::vector<Digest> images;  ///< what was asked about, or the names of repeats; zeros if the
                               ///< victim sees no images
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
  std::function<void(std::uint64_t answers)> progress{};  ///< called as answers come in
  std::uint64_t repeats =
      1;  ///< R, how often each image is asked about; more than once needs a cache
  std::uint64_t epoch = 0;  ///< of the victim, whose answers to use; see canaries.hpp
};

/// Whose answers are used: of the victim as it was in that epoch.
Target target_of(const Victim& victim, std::uint64_t epoch);

/// The account, its budget spent in earlier epochs too.
Account through_epochs(Account account, const Victim& victim, std::uint64_t epoch);

/// Asks `victim` about all images and hands the answers to `deliver`. Each image is read and
/// decoded once, if the victim sees images: with a cache some 100 MiB of pixels at a time, without
/// one those of a few calls.
///
/// With a cache, which is only for victims that see images, equal images are asked about once and
/// every answer is committed to it; `deliver` gets them all once none is missing. An image that
/// another process has claimed and dropped is read again. Throws Incomplete if the account's budget
/// ends before that, or if the victim leaves an image unanswered: what was answered is in the cache
/// then. Without a cache an unanswered image is an Error.
///
/// With R repeats, answer i * R + r is the r-th to the image of id i, and has that as its id. All
/// of them are kept under names of their own, so none is asked for again.
void query_images(const Victim& victim, const store::Dataset& images, const QueryOptions& options,
                  const Deliver& deliver);

}  // namespace cs::answers
