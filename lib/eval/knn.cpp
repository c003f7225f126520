#include "eval/knn.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "eval/check.hpp"
#include "eval/classifier.hpp"
#include "eval/measures.hpp"
#include "nn/rows.hpp"

namespace cs::eval {
namespace {

/// Similarities held at a time: 64 MiB of f32.
constexpr std::int64_t kBlockElements = std::int64_t{1} << 24;

void check(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
           const KnnOptions& options) {
  if (options.k < 1)
    throw UsageError("`neighbors`", std::to_string(options.k) + " is not 1 or more");
  if (!(options.temperature >= 0)) {
    throw UsageError("`temperature`", to_text(options.temperature) + " is not 0 or more");
  }
  check_labeled("training set", train, labels);
  check_embeddings("test set", queries);
  check_same_width(train, queries);
  if (options.k > train.size(0)) {
    throw DataError("training set", "has " + std::to_string(train.size(0)) +
                                        " records, fewer than k = " + std::to_string(options.k));
  }
}

Measure measure_with(const std::shared_ptr<const KnnOptions>& options) {
  Measure measure = classifier_measure();
  measure.compute = [options](const Sets& sets) {
    const TrainAndTest data = train_and_test(sets);
    Finding finding =
        score_classifier(knn_predict(data.train, data.labels.ids, data.test, *options), sets);
    finding.protocol = {
        {"k", options->k}, {"temperature", options->temperature}, {"distance", "cosine"}};
    return finding;
  };
  return measure;
}

}  // namespace

at::Tensor knn_predict(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
                       const KnnOptions& options) {
  check(train, labels, queries, options);
  const at::Tensor bank = nn::unit_rows(train.to(queries.device())).t();
  const at::Tensor bank_labels = labels.to(queries.device());
  const auto classes = labels.max().item<std::int64_t>() + 1;
  const auto block = std::max<std::int64_t>(1, kBlockElements / train.size(0));
  std::vector<at::Tensor> predictions;
  for (const at::Tensor& rows : queries.split(block)) {
    check_stop();
    const auto [sims, nearest] = nn::unit_rows(rows).mm(bank).topk(options.k, /*dim=*/1);
    // Relative to the nearest neighbor, which changes no winner and cannot overflow.
    const at::Tensor votes = options.temperature > 0
                                 ? (sims - sims.narrow(1, 0, 1)).div(options.temperature).exp()
                                 : at::ones_like(sims);
    const at::Tensor tally = at::zeros({rows.size(0), classes}, votes.options());
    predictions.push_back(
        tally.scatter_add(1, bank_labels.index_select(0, nearest.flatten()).view_as(nearest), votes)
            .argmax(/*dim=*/1));
  }
  return at::cat(predictions);
}

/// Options `neighbors` (10) and `temperature` (0).
Measure knn_measure() {
  const auto settings = std::make_shared<KnnOptions>();
  Measure measure = measure_with(settings);
  measure.name = "knn";
  measure.summary = "nearest neighbors";
  measure.by_default = Default::kYes;
  measure.options = {
      {"k,neighbors", "N", "Number of neighbors in knn.", std::to_string(settings->k),
       [settings](const std::string& text) {
         settings->k = static_cast<std::int64_t>(parse_unsigned("`neighbors`", text, 1, 1'000'000));
       }},
      {"temperature", "X",
       "Temperature X of knn, which weights a vote by exp(cosine / X); 0 = equal votes.",
       to_text(settings->temperature), [settings](const std::string& text) {
         settings->temperature = parse_number("`temperature`", text, 0, 1e6);
       }}};
  return measure;
}

/// 200 neighbors at temperature 0.1: the protocol of lightly's benchmarks.
Measure knn200_measure() {
  Measure measure = measure_with(std::make_shared<KnnOptions>(KnnOptions{200, 0.1}));
  measure.name = "knn200";
  measure.summary = "200 neighbors, weighted";
  return measure;
}

}  // namespace cs::eval
