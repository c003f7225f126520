#include "eval/knn.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "eval/check.hpp"

namespace cs::eval {
namespace {

/// Similarities held at a time: 64 MiB of f32.
constexpr std::int64_t kBlockElements = std::int64_t{1} << 24;

at::Tensor unit_rows(const at::Tensor& x) {
  const at::Tensor y = x.to(at::kFloat);
  return y / y.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-12);
}

void check(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
           const KnnOptions& options) {
  if (options.k < 1) throw UsageError("k", std::to_string(options.k) + " is not 1 or more");
  if (!(options.temperature >= 0)) {
    throw UsageError("temperature", to_text(options.temperature) + " is not 0 or more");
  }
  check_labeled("training set", train, labels);
  check_embeddings("test set", queries);
  check_same_width(train, queries);
  if (options.k > train.size(0)) {
    throw DataError("training set", "has " + std::to_string(train.size(0)) +
                                        " records, fewer than k = " + std::to_string(options.k));
  }
}

}  // namespace

at::Tensor knn_predict(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
                       const KnnOptions& options) {
  check(train, labels, queries, options);
  const at::Tensor bank = unit_rows(train.to(queries.device())).t();
  const at::Tensor bank_labels = labels.to(queries.device());
  const auto classes = labels.max().item<std::int64_t>() + 1;
  const auto block = std::max<std::int64_t>(1, kBlockElements / train.size(0));
  std::vector<at::Tensor> predictions;
  for (const at::Tensor& rows : queries.split(block)) {
    check_stop();
    const auto [sims, nearest] = unit_rows(rows).mm(bank).topk(options.k, /*dim=*/1);
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

}  // namespace cs::eval
