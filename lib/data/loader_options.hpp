/// What a step of training sees of each record.
#pragma once

#include <cstdint>

#include "augment/policy.hpp"
#include "core/words.hpp"

namespace cs::data {

/// The image a surrogate sees beside the victim's answer.
enum class SurrogateView {
  kFresh,   ///< a new view of the original, drawn by the policy at every step
  kSame,    ///< the very image that the victim answered
  kPlain,   ///< the original, unchanged
  kStored,  ///< another stored view of the same original, drawn independently
};

/// Which of the K stored answers of a record an epoch uses.
enum class VictimView {
  kRandom,  ///< one drawn for each record
  kCycle,   ///< the first in epoch 0, the second in epoch 1, and so on
};

inline constexpr Words<SurrogateView, 4> kSurrogateViews{"surrogate-view",
                                                         {{{"fresh", SurrogateView::kFresh},
                                                           {"same", SurrogateView::kSame},
                                                           {"plain", SurrogateView::kPlain},
                                                           {"stored", SurrogateView::kStored}}}};
inline constexpr Words<VictimView, 2> kVictimViews{
    "victim-view", {{{"random", VictimView::kRandom}, {"cycle", VictimView::kCycle}}}};

struct LoaderOptions {
  std::int64_t batch = 256;
  std::int64_t views = 1;    ///< images per record and step
  std::int64_t answers = 1;  ///< of those stored, different ones per record and step
  /// Of several views the first is the image as it is, and only the others are fresh.
  bool plain_first = false;
  int size = 0;            ///< side of the views; 0 = the images', which must then be raw
  augment::Policy policy;  ///< of the fresh views
  SurrogateView surrogate_view = SurrogateView::kFresh;
  VictimView victim_view = VictimView::kRandom;
  std::uint64_t seed = 0;
  /// Epochs of the whole training: while one of them ends, the first batches of the next are made.
  /// 0 makes those of the epoch that was started, and no others.
  std::int64_t epochs = 0;
  int threads = 1;      ///< that make views; 0 = in next() itself
  bool pinned = false;  ///< batches are in page-locked memory, for copies to a GPU
};

}  // namespace cs::data
