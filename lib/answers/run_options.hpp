/// What a run of cs-query does beside asking.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "answers/ledger.hpp"

namespace cs::answers {

struct RunOptions {
  std::filesystem::path cache;  ///< empty for none
  Account account{};
  std::optional<double> price{};              ///< of one call, for an estimate
  int threads = 1;                            ///< that read and decode images
  std::vector<std::filesystem::path> from{};  ///< caches that are merged into it first

  std::uint64_t repeats = 1;  ///< R, how often each image is asked about
  /// Images that are asked about again at the start, to see whether the victim is what it was.
  /// Default: 3 if it may change, else 0.
  std::optional<std::uint64_t> canaries{};
  double tolerance = 0.05;         ///< relative difference up to which two answers are the same
  bool new_epoch = false;          ///< where they are not, keep further answers apart
  std::uint64_t repeat_check = 0;  ///< images that are asked about once more, to measure the noise
};

/// Throws UsageError where options do not go together.
void check(const RunOptions& options);

}  // namespace cs::answers
