/// What is known of an epoch when it is over, and the file that keeps it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/json_fwd.hpp"

namespace cs::train {

struct EpochReport {
  std::int64_t epoch = 0;  ///< from 0
  double loss = 0;         ///< mean over the epoch's batches
  double lr = 0;
  double spread = 0;  ///< of the epoch's last batch of embeddings: methods::Method::spread()
  double seconds = 0;
  double images_per_second = 0;  ///< views that were trained on
  // Of the seconds, as the host saw them: a GPU works on while the host goes ahead.
  double loading_seconds = 0;  ///< waiting for views
  double forward_seconds = 0;  ///< with the loss
  double backward_seconds = 0;
  double optimizer_seconds = 0;

  /// Whether embeddings have become (nearly) the same for all images. Numbers that are equal but
  /// for the rounding of bf16 stay below this; untrained networks are ten times above it and more.
  bool collapsed() const { return spread < 1e-3; }
};

/// "epoch 3 (4 of 100)  loss 5.11  lr 0.06  6447 images/s  2:05:00 left": for people.
std::string line(const EpochReport& report, std::int64_t epochs);

Json to_json(const EpochReport& report);
EpochReport parse_report(const Json& json);  ///< what to_json() made; throws Json's exceptions

/// Writes one JSON line an epoch to a file, each as soon as it is known, and one if the loss stops
/// being finite. With an empty path it writes nothing. Throws Error if the file cannot be written.
class EpochLog {
 public:
  explicit EpochLog(std::filesystem::path path);  ///< what the file holds stays until clear()
  void clear();
  void write(const EpochReport& report);
  /// The epoch and step in which the loss stopped being finite, and the records of that step.
  void write_divergence(std::int64_t epoch, std::int64_t step,
                        const std::vector<std::uint64_t>& records);

 private:
  void write_line(const Json& line);
  void check() const;
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace cs::train
