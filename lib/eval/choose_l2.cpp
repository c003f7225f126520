#include "eval/choose_l2.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/random.hpp"
#include "eval/check.hpp"

namespace cs::eval {
namespace {

constexpr int kWorseInARow = 2;

/// The solution on the fitted part whose l2 does best on the validation part.
LinearProbe choose(const at::Tensor& embeddings, const at::Tensor& labels, const Split& split,
                   std::vector<double> grid) {
  // A rough solution ranks strengths as well as an exact one.
  const SolverOptions rough{/*tolerance=*/1e-4, /*max_iterations=*/30};
  const at::Tensor x = embeddings.index_select(0, split.fit);
  const at::Tensor y = labels.index_select(0, split.fit);
  const at::Tensor held = embeddings.index_select(0, split.validation);
  const at::Tensor held_labels = labels.index_select(0, split.validation);
  std::sort(grid.begin(), grid.end(), std::greater<>());
  LinearProbe best;
  LinearProbe last;
  std::int64_t most = -1;
  int worse = 0;  // strengths in a row that did worse than the best
  for (std::size_t i = 0; i < grid.size() && worse < kWorseInARow; ++i) {
    last = fit_linear(x, y, grid[i], rough, last.weight.defined() ? &last : nullptr);
    const auto right = predict(last, held).eq(held_labels).sum().item<std::int64_t>();
    worse = right < most ? worse + 1 : 0;
    if (right <= most) continue;
    most = right;
    best = last;
  }
  return best;
}

}  // namespace

Split split_stratified(const at::Tensor& labels, double fraction, std::uint64_t seed) {
  const at::Tensor host = labels.cpu().contiguous();
  const auto* label = host.data_ptr<std::int64_t>();
  std::map<std::int64_t, std::vector<std::pair<double, std::int64_t>>> classes;
  for (std::int64_t i = 0; i < host.size(0); ++i) {
    Random random(seed, Purpose::kSplit, static_cast<std::uint64_t>(i));
    classes[label[i]].emplace_back(random.uniform(), i);
  }
  std::vector<std::int64_t> fit;
  std::vector<std::int64_t> validation;
  for (auto& [own, draws] : classes) {
    std::sort(draws.begin(), draws.end());
    const auto wanted = std::max(1.0, std::floor(fraction * static_cast<double>(draws.size())));
    const auto held = std::min(static_cast<std::size_t>(wanted), draws.size() - 1);
    for (std::size_t i = 0; i < draws.size(); ++i)
      (i < held ? validation : fit).push_back(draws[i].second);
  }
  std::sort(fit.begin(), fit.end());
  std::sort(validation.begin(), validation.end());
  const auto on = labels.device();
  return {at::tensor(fit, at::kLong).to(on), at::tensor(validation, at::kLong).to(on)};
}

LinearProbe fit_linear_probe(const at::Tensor& embeddings, const at::Tensor& labels,
                             const ProbeOptions& options) {
  if (options.l2_grid.empty()) throw UsageError("`l2`", "the grid is empty; give at least one");
  if (options.l2_grid.size() == 1)
    return fit_linear(embeddings, labels, options.l2_grid.front(), options.solver);
  check_labeled("training set", embeddings, labels);
  const Split split = split_stratified(labels, options.validation_fraction, options.seed);
  if (split.validation.size(0) == 0)
    throw DataError("training set",
                    "every class has a single record, so that none is left to choose l2 on; label "
                    "more records, or give `l2`");
  const LinearProbe chosen = choose(embeddings, labels, split, options.l2_grid);
  return fit_linear(embeddings, labels, chosen.l2, options.solver, &chosen);
}

}  // namespace cs::eval
