/// The files that a finding leaves.
#pragma once

#include <filesystem>

#include "core/file.hpp"
#include "core/json.hpp"
#include "eval/measure.hpp"

namespace cs::eval {

/// Publishes predictions as a shard of answers to the images of the judged records, with their
/// labels. Throws UsageError if these are several shards.
void save_predictions(const std::filesystem::path& path, const Predictions& predictions,
                      const Sets& sets, const Json& step, Overwrite overwrite);

/// Publishes a head (nn/head_file.hpp) that knows which encoder's embeddings it was fitted on.
void save_head(const std::filesystem::path& path, const nn::Head& head, const Sets& sets,
               const Json& step, Overwrite overwrite);

}  // namespace cs::eval
