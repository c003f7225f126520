#include "eval/linear_probe.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/random.hpp"
#include "core/stop.hpp"
#include "eval/check.hpp"
#include "nn/device.hpp"

namespace cs::eval {
namespace {

/// Rows that are held in f64 at a time.
constexpr std::int64_t kBlockRows = 4096;
constexpr double kConstantColumn = 1e-6;  ///< standard deviation relative to the mean
constexpr int kMaxConjugateSteps = 300;
constexpr int kMaxHalvings = 40;
constexpr int kWorseInARow = 2;

void for_blocks(std::int64_t rows, const std::function<void(std::int64_t, std::int64_t)>& body) {
  for (std::int64_t first = 0; first < rows; first += kBlockRows) {
    body(first, std::min(kBlockRows, rows - first));
  }
}

at::TensorOptions f64(const at::Tensor& like) { return like.options().dtype(at::kDouble); }

/// Sets mean and scale of `probe` from the columns of x.
void measure_columns(const at::Tensor& x, LinearProbe& probe) {
  probe.mean = x.mean(/*dim=*/0, /*keepdim=*/false, at::kDouble);
  at::Tensor squares = at::zeros_like(probe.mean);
  for_blocks(x.size(0), [&](std::int64_t first, std::int64_t count) {
    squares += (x.narrow(0, first, count).to(at::kDouble) - probe.mean).square().sum(/*dim=*/0);
  });
  const at::Tensor std = squares.div(static_cast<double>(x.size(0))).sqrt();
  const at::Tensor constant = std.le(probe.mean.abs() * kConstantColumn);
  probe.scale = std.reciprocal().masked_fill(constant, 0);
}

at::Tensor standardize(const at::Tensor& x, const LinearProbe& probe) {
  return (x.to(at::kDouble) - probe.mean) * probe.scale;
}

/// The data of a regression: standardized embeddings and a row of ones, a record a column, which
/// OpenBLAS multiplies by few classes twice as fast as a record a row.
/// Parameters are one matrix theta, f64 [D + 1, classes], whose last row is the bias.
struct Problem {
  at::Tensor z;       ///< f32 [D + 1, N]
  at::Tensor labels;  ///< i64 [N]
  std::int64_t classes = 0;
  at::Tensor penalty;  ///< f64 [D + 1, 1]: l2, and 0 for the bias
};

Problem make_problem(const at::Tensor& x, const at::Tensor& labels, const LinearProbe& probe) {
  const auto width = x.size(1) + 1;
  Problem problem;
  problem.z = at::ones({width, x.size(0)}, x.options().dtype(at::kFloat));
  problem.labels = labels;
  problem.classes = labels.max().item<std::int64_t>() + 1;
  for_blocks(x.size(0), [&](std::int64_t first, std::int64_t count) {
    const at::Tensor columns = problem.z.narrow(/*dim=*/1, first, count);
    columns.narrow(/*dim=*/0, 0, width - 1)
        .copy_(standardize(x.narrow(0, first, count), probe).t());
  });
  problem.penalty = at::full({width, 1}, probe.l2, f64(x));
  problem.penalty.select(0, width - 1).zero_();
  return problem;
}

/// Objective, gradient and class probabilities at theta.
struct Point {
  at::Tensor theta;
  double objective = 0;
  at::Tensor gradient;
  at::Tensor probabilities;  ///< f32 [classes, N]
};

Point evaluate(const Problem& problem, const at::Tensor& theta) {
  check_stop();
  const std::int64_t records = problem.z.size(1);
  const auto n = static_cast<double>(records);
  Point point{theta, 0, at::zeros_like(theta),
              at::empty({problem.classes, records}, problem.z.options())};
  at::Tensor loss = at::zeros({}, theta.options());
  for_blocks(records, [&](std::int64_t first, std::int64_t count) {
    const at::Tensor z = problem.z.narrow(1, first, count).to(at::kDouble);
    const at::Tensor own = problem.labels.narrow(0, first, count).unsqueeze(0);
    const at::Tensor logs = theta.t().mm(z).log_softmax(/*dim=*/0);
    at::Tensor p = logs.exp();
    point.probabilities.narrow(1, first, count).copy_(p);
    loss -= logs.gather(0, own).sum();
    p.scatter_add_(0, own, at::full({1, count}, -1.0, p.options()));
    point.gradient += p.mm(z.t()).t();
  });
  point.gradient = point.gradient / n + problem.penalty * theta;
  loss = loss / n + (problem.penalty * theta.square()).sum() / 2;
  point.objective = loss.item<double>();
  return point;
}

/// The Hessian at `point` times v.
at::Tensor hessian_product(const Problem& problem, const Point& point, const at::Tensor& v) {
  const at::Tensor change = v.to(at::kFloat).t().mm(problem.z);
  const at::Tensor& p = point.probabilities;
  const at::Tensor weighted = p * (change - (p * change).sum(/*dim=*/0, /*keepdim=*/true));
  const at::Tensor product = weighted.mm(problem.z.t()).t().to(at::kDouble);
  return product / static_cast<double>(problem.z.size(1)) + problem.penalty * v;
}

/// Cholesky factor of what stands in for the Hessian: for every class the same block, with each
/// record weighted by its curvature p (1 - p) averaged over the classes.
at::Tensor preconditioner(const Problem& problem, const Point& point) {
  const at::Tensor spread = 1 - point.probabilities.square().sum(/*dim=*/0, /*keepdim=*/true);
  const double records = static_cast<double>(problem.z.size(1) * problem.classes);
  const at::Tensor half = problem.z * spread.clamp_min(0).div(records).sqrt();
  const at::Tensor block = half.mm(half.t()).to(at::kDouble);
  const double rounding = 1e-6 * block.diagonal().max().item<double>() + 1e-12;
  return at::linalg_cholesky(block + (problem.penalty + rounding).flatten().diag());
}

double sum_product(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum().item<double>();
}

/// Roughly -H^-1 gradient: conjugate gradients until the residual, in the preconditioner's norm,
/// has shrunk by `reduction`.
at::Tensor newton_step(const Problem& problem, const Point& point, double reduction) {
  const at::Tensor factor = preconditioner(problem, point);
  at::Tensor step = at::zeros_like(point.gradient);
  at::Tensor residual = -point.gradient;
  at::Tensor scaled = at::cholesky_solve(residual, factor);
  at::Tensor direction = scaled;
  double size = sum_product(residual, scaled);
  const double enough = size * reduction * reduction;
  for (int i = 0; i < kMaxConjugateSteps && size > enough; ++i) {
    check_stop();
    const at::Tensor product = hessian_product(problem, point, direction);
    const double curvature = sum_product(direction, product);
    if (!(curvature > 0)) break;  // lost to rounding: the step so far still descends
    const double length = size / curvature;
    step = step + length * direction;
    residual = residual - length * product;
    scaled = at::cholesky_solve(residual, factor);
    const double previous = std::exchange(size, sum_product(residual, scaled));
    direction = scaled + (size / previous) * direction;
  }
  return step;
}

/// The first of point + step, point + step / 2, ... that lowers the objective as much as its slope
/// promises, up to rounding (Armijo); `point` itself if none does.
Point line_search(const Problem& problem, const Point& point, const at::Tensor& step) {
  const double slope = sum_product(point.gradient, step);
  const double rounding = 1e-14 * std::max(1.0, std::abs(point.objective));
  double length = 1;
  for (int i = 0; i < kMaxHalvings; ++i) {
    Point next = evaluate(problem, point.theta + length * step);
    if (next.objective <= point.objective + 1e-4 * length * slope + rounding) return next;
    length /= 2;
  }
  return point;
}

void minimize(const Problem& problem, const SolverOptions& options, const at::Tensor& start,
              LinearProbe& probe) {
  const nn::ProductsFirst products_first;
  Point point = evaluate(problem, start);
  for (probe.iterations = 0;; ++probe.iterations) {
    const double slope = point.gradient.abs().max().item<double>();
    probe.converged = slope <= options.tolerance;
    if (probe.converged || probe.iterations == options.max_iterations) break;
    // Newton's method gains as many digits as each step is exact; more than are wanted are wasted.
    const double wanted = options.tolerance / slope / 4;
    const double reduction = std::clamp(std::max(std::sqrt(slope), wanted), 1e-3, 0.1);
    Point next = line_search(problem, point, newton_step(problem, point, reduction));
    if (next.theta.is_same(point.theta)) break;
    point = std::move(next);
  }
  const auto width = point.theta.size(0) - 1;
  probe.weight = point.theta.narrow(0, 0, width).t().contiguous();
  probe.bias = point.theta.select(0, width).clone();
  probe.objective = point.objective;
}

at::Tensor start_theta(const Problem& problem, const LinearProbe* start) {
  if (start == nullptr) return at::zeros({problem.z.size(0), problem.classes}, f64(problem.z));
  return at::cat({start->weight.t(), start->bias.unsqueeze(0)});
}

void check(const at::Tensor& embeddings, const at::Tensor& labels) {
  check_labeled("training set", embeddings, labels);
  const at::Tensor counts = labels.bincount();
  if (counts.size(0) < 2) {
    throw DataError("training set", "has a single class; a probe needs two or more");
  }
  const at::Tensor empty = counts.eq(0).nonzero();
  if (empty.size(0) > 0) {
    throw DataError("training set", "has no record of class " +
                                        std::to_string(empty[0].item<std::int64_t>()) +
                                        "; take more records, or leave that class out");
  }
}

/// Rows to fit and rows to choose l2 on.
struct Split {
  at::Tensor fit;
  at::Tensor validation;
};

Split split_stratified(const at::Tensor& labels, double fraction, std::uint64_t seed) {
  const at::Tensor host = labels.cpu().contiguous();
  const auto* label = host.data_ptr<std::int64_t>();
  using Draw = std::pair<double, std::int64_t>;
  std::vector<std::vector<Draw>> classes(
      static_cast<std::size_t>(host.max().item<std::int64_t>() + 1));
  for (std::int64_t i = 0; i < host.size(0); ++i) {
    Random random(seed, Purpose::kSplit, static_cast<std::uint64_t>(i));
    classes[static_cast<std::size_t>(label[i])].emplace_back(random.uniform(), i);
  }
  std::vector<std::int64_t> fit;
  std::vector<std::int64_t> validation;
  for (auto& draws : classes) {
    std::sort(draws.begin(), draws.end());
    const auto wanted = std::max(1.0, std::floor(fraction * static_cast<double>(draws.size())));
    const auto most = draws.size() - 1;
    const auto held = std::min(static_cast<std::size_t>(wanted), most);
    for (std::size_t i = 0; i < draws.size(); ++i) {
      (i < held ? validation : fit).push_back(draws[i].second);
    }
  }
  std::sort(fit.begin(), fit.end());
  std::sort(validation.begin(), validation.end());
  const auto on = labels.device();
  return {at::tensor(fit, at::kLong).to(on), at::tensor(validation, at::kLong).to(on)};
}

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

LinearProbe fit_linear(const at::Tensor& embeddings, const at::Tensor& labels, double l2,
                       const SolverOptions& options, const LinearProbe* start) {
  if (!(l2 > 0 && std::isfinite(l2))) {
    throw UsageError("l2", to_text(l2) + " is not a positive number");
  }
  check(embeddings, labels);
  LinearProbe probe;
  probe.l2 = l2;
  measure_columns(embeddings, probe);
  const Problem problem = make_problem(embeddings, labels, probe);
  minimize(problem, options, start_theta(problem, start), probe);
  return probe;
}

LinearProbe fit_linear_probe(const at::Tensor& embeddings, const at::Tensor& labels,
                             const ProbeOptions& options) {
  if (options.l2_grid.empty()) throw UsageError("l2", "the grid is empty; give at least one");
  check(embeddings, labels);
  if (options.l2_grid.size() == 1) {
    return fit_linear(embeddings, labels, options.l2_grid.front(), options.solver);
  }
  const Split split = split_stratified(labels, options.validation_fraction, options.seed);
  if (split.validation.size(0) == 0) {
    throw DataError("training set",
                    "every class has a single record, so that none is left to "
                    "choose l2 on; label more records");
  }
  const LinearProbe chosen = choose(embeddings, labels, split, options.l2_grid);
  return fit_linear(embeddings, labels, chosen.l2, options.solver, &chosen);
}

at::Tensor predict(const LinearProbe& probe, const at::Tensor& embeddings) {
  check_embeddings("test set", embeddings);
  check_same_width(probe.weight, embeddings);
  std::vector<at::Tensor> classes;
  for (const at::Tensor& rows : embeddings.split(kBlockRows)) {
    const at::Tensor logits = standardize(rows, probe).mm(probe.weight.t()) + probe.bias;
    classes.push_back(logits.argmax(/*dim=*/1));
  }
  return at::cat(classes);
}

nn::Head fold(const LinearProbe& probe, const std::vector<std::string>& classes) {
  const auto met = static_cast<std::size_t>(probe.weight.size(0));
  if (met != classes.size())
    throw DataError("head", "the training set has labels of " + std::to_string(met) + " of its " +
                                std::to_string(classes.size()) +
                                " classes; a head needs records of each");
  const at::Tensor weight = probe.weight * probe.scale;
  return {weight.to(at::kFloat), (probe.bias - weight.mv(probe.mean)).to(at::kFloat), classes};
}

}  // namespace cs::eval
