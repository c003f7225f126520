/// What cs-probe measures on embeddings, by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/json.hpp"
#include "data/tensors.hpp"
#include "eval/choose_l2.hpp"
#include "eval/knn.hpp"
#include "eval/score.hpp"

namespace cs::eval {

struct MeasureOptions {
  ProbeOptions probe;  ///< of linear
  KnnOptions knn;      ///< of knn; knn200 is 200 neighbors at temperature 0.1, lightly's protocol
};

/// Names cut by commas: `linear`, `knn`, `knn200`, each at most once; throws UsageError.
std::vector<std::string> parse_measures(const std::string& list);

struct Measurement {
  std::string name;
  at::Tensor predictions;            ///< i64, of the records of the test set
  Json protocol = Json::object();    ///< members that say how the predictions came about
  std::optional<LinearProbe> probe;  ///< of linear
};

/// Learns from the labeled embeddings `train` and predicts the classes of `test`, by each of the
/// measures. Throws DataError if the sets are of different encoders or classes, and what the probes
/// throw.
std::vector<Measurement> measure(const std::vector<std::string>& names, const store::Dataset& train,
                                 const store::Dataset& test, const MeasureOptions& options);

/// One line of results: "measure", what score() says of its predictions, its protocol, and on which
/// records of which encoder.
Json line_of(const Measurement& measurement, const Truth& truth, bool per_class,
             const store::Dataset& test);

/// Publishes a probe on the embeddings of `test` and their like as a head (nn/head.hpp) that knows
/// which encoder it was fitted on.
void save_head(const std::filesystem::path& path, const LinearProbe& probe,
               const store::Dataset& test, const Json& step, Overwrite overwrite);

}  // namespace cs::eval
