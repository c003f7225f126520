#include "eval/linear_probe.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <cstdint>
#include <tuple>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "eval/check.hpp"

namespace cs::eval {
namespace {

constexpr std::int64_t kBlockRows = 4096;      ///< held in f64 at a time
constexpr double kConstantColumn = 1e-6;       ///< standard deviation relative to the mean
constexpr double kBelowEveryPrediction = 100;  ///< e^-100 is 0 as a probability in f32

/// Sets mean and scale of `probe` from the columns of x.
void measure_columns(const at::Tensor& x, LinearProbe& probe) {
  probe.mean = x.mean(/*dim=*/0, /*keepdim=*/false, at::kDouble);
  at::Tensor squares = at::zeros_like(probe.mean);
  for (const at::Tensor& rows : x.split(kBlockRows))
    squares += (rows.to(at::kDouble) - probe.mean).square().sum(/*dim=*/0);
  const at::Tensor std = squares.div(static_cast<double>(x.size(0))).sqrt();
  const at::Tensor constant = std.le(probe.mean.abs() * kConstantColumn);
  probe.scale = std.reciprocal().masked_fill(constant, 0);
}

at::Tensor standardize(const at::Tensor& x, const LinearProbe& probe) {
  return (x.to(at::kDouble) - probe.mean) * probe.scale;
}

/// Standardized embeddings above a row of ones, as LogisticProblem wants them.
at::Tensor columns_of(const at::Tensor& x, const LinearProbe& probe) {
  at::Tensor z = at::ones({x.size(1) + 1, x.size(0)}, x.options().dtype(at::kFloat));
  std::int64_t first = 0;
  for (const at::Tensor& rows : x.split(kBlockRows)) {
    const at::Tensor columns = z.narrow(/*dim=*/1, first, rows.size(0));
    columns.narrow(/*dim=*/0, 0, x.size(1)).copy_(standardize(rows, probe).t());
    first += rows.size(0);
  }
  return z;
}

at::Tensor start_theta(const LogisticProblem& problem, const LinearProbe* start) {
  if (start != nullptr) return at::cat({start->weight.t(), start->bias.unsqueeze(0)});
  return at::zeros({problem.z.size(0), problem.classes}, problem.z.options().dtype(at::kDouble));
}

}  // namespace

LinearProbe fit_linear(const at::Tensor& embeddings, const at::Tensor& labels, double l2,
                       const SolverOptions& options, const LinearProbe* start) {
  if (!(l2 > 0 && std::isfinite(l2)))
    throw UsageError("`l2`", to_text(l2) + " is not a positive number");
  check_labeled("training set", embeddings, labels);
  LinearProbe probe;
  probe.l2 = l2;
  LogisticProblem problem;
  std::tie(probe.classes, problem.labels, std::ignore) =
      at::_unique2(labels, /*sorted=*/true, /*return_inverse=*/true);
  problem.classes = probe.classes.size(0);
  if (problem.classes < 2)
    throw DataError("training set", "has a single class; a probe needs two or more");
  measure_columns(embeddings, probe);
  problem.z = columns_of(embeddings, probe);
  problem.l2 = l2;
  const LogisticSolution found = solve_logistic(problem, options, start_theta(problem, start));
  const auto width = embeddings.size(1);
  probe.weight = found.theta.narrow(0, 0, width).t().contiguous();
  probe.bias = found.theta.select(0, width).clone();
  probe.objective = found.objective;
  probe.iterations = found.iterations;
  probe.converged = found.converged;
  return probe;
}

at::Tensor predict(const LinearProbe& probe, const at::Tensor& embeddings) {
  check_embeddings("test set", embeddings);
  check_same_width(probe.weight, embeddings);
  std::vector<at::Tensor> largest;
  for (const at::Tensor& rows : embeddings.split(kBlockRows)) {
    const at::Tensor logits = standardize(rows, probe).mm(probe.weight.t()) + probe.bias;
    largest.push_back(logits.argmax(/*dim=*/1));
  }
  return probe.classes.index_select(0, at::cat(largest));
}

nn::Head fold(const LinearProbe& probe, const std::vector<std::string>& names) {
  const auto all = static_cast<std::int64_t>(names.size());
  if (probe.classes.max().item<std::int64_t>() >= all)
    throw DataError("head", "the training set has labels of more classes than the " +
                                std::to_string(all) + " that have names");
  const at::Tensor rows = probe.weight * probe.scale;
  const at::Tensor biases = probe.bias - rows.mv(probe.mean);
  at::Tensor weight = rows.mean(/*dim=*/0, /*keepdim=*/true).repeat({all, 1});
  at::Tensor bias = (biases.mean() - kBelowEveryPrediction).repeat({all});
  weight.index_copy_(0, probe.classes, rows);
  bias.index_copy_(0, probe.classes, biases);
  return {weight.to(at::kFloat), bias.to(at::kFloat), names};
}

}  // namespace cs::eval
