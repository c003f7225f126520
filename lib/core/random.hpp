/// Counter-based random numbers. Every random choice in the project is a pure function of
/// (seed, purpose, record, view). So any single view can be made again, shards processed separately
/// equal shards processed together, and neither the order of work nor the number of threads changes
/// a result.
///
/// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as
/// 1, 2, 3", SC 2011), key = seed, counter = (record, view, purpose and block).
#pragma once

#include <array>
#include <cstdint>

namespace cs {

/// What a stream of random numbers is for. The values are part of every result: never renumber.
enum class Purpose : std::uint8_t {
  kSample = 1,      ///< which records of a source are drawn (record = index in the source)
  kSynth = 2,       ///< the content of a synthetic image (record = image)
  kView = 3,        ///< augmentation of a stored view (record, view)
  kFreshView = 4,   ///< augmentation made during training (record, epoch * views + view)
  kOrder = 5,       ///< the order of an epoch (record = 0, view = epoch)
  kVictimView = 6,  ///< which stored answer of a record an epoch uses (record, view = epoch)
  kInit = 7,        ///< initial weights (record = index of the parameter; a million: MoCo's queue)
  kSplit = 8,       ///< splits (record), and bootstrap (record = resample, view = 1)
  kStoredView = 9,  ///< which stored view a surrogate sees (record, view = epoch)
};

/// Ten rounds of Philox4x32 on one counter: exposed for its known-answer test.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// The stream of one (seed, purpose, record, view). Copying it copies the position.
class Random {
 public:
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t record, std::uint32_t view = 0);

  std::uint32_t bits();                     ///< 32 random bits
  double uniform();                         ///< [0, 1), multiples of 2^-53
  double uniform(double low, double high);  ///< [low, high)
  std::uint64_t below(std::uint64_t n);     ///< 0 .. n-1, unbiased; n > 0
  bool chance(double p) { return uniform() < p; }
  double normal();                                    ///< standard normal (Box-Muller)
  std::uint32_t view() const { return counter_[2]; }  ///< the view whose stream this is

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace cs
