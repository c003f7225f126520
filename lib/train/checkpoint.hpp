/// Checkpoints: all that a run needs to go on as if it had never stopped, in one safetensors file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/json.hpp"
#include "nn/state.hpp"
#include "train/log.hpp"

namespace cs::train {

/// How far a run has come.
struct Position {
  std::int64_t step = 0;              ///< of the epoch under way, that many are done
  EpochReport current;                ///< of the epoch under way, as far as it has come
  std::vector<EpochReport> finished;  ///< of the epochs before
};

enum class Existing : bool { kContinue, kRemove };

/// The file of one run. Order and views follow from seed, epoch and step, so that tensors and a
/// position are all there is to keep.
class Checkpoint {
 public:
  /// `run` says what is run: a checkpoint that was made with another is refused. It is saved when
  /// `minutes` have passed since the last time. One that exists is continued, or removed when the
  /// run is about to start.
  Checkpoint(std::filesystem::path path, Json run, double minutes,
             Existing existing = Existing::kContinue);

  const std::filesystem::path& path() const { return path_; }
  bool due() const;

  /// Replaces the file: the old one stays until the new one is complete.
  void save(const nn::State& state, const Position& position);

  /// Copies the file's tensors into `state` and says where it was saved; nothing if there is no
  /// file, or it is to be removed, which is done here. Throws DataError if it is damaged or of
  /// another run, naming the first difference; `state` may be changed by then.
  std::optional<Position> restore(const nn::State& state) const;

  /// Removes the file, if it is there, and what a run that was killed while saving left of it.
  void remove() const;

 private:
  std::filesystem::path path_;
  Json run_;
  Existing existing_;
  std::chrono::duration<double, std::ratio<60>> every_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace cs::train
