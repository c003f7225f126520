#include "eval/logistic.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/stop.hpp"
#include "nn/device.hpp"

namespace cs::eval {
namespace {

constexpr std::int64_t kBlockRecords = 4096;  ///< held in f64 at a time
constexpr int kMaxConjugateSteps = 300;
constexpr int kMaxHalvings = 40;

struct Objective {
  const LogisticProblem& problem;
  at::Tensor penalty;  ///< f64 [D + 1, 1]: l2, and 0 for the bias

  explicit Objective(const LogisticProblem& p)
      : problem(p), penalty(at::full({p.z.size(0), 1}, p.l2, p.z.options().dtype(at::kDouble))) {
    penalty.select(0, p.z.size(0) - 1).zero_();
  }
  double records() const { return static_cast<double>(problem.z.size(1)); }
};

/// Objective, gradient and class probabilities at theta.
struct Point {
  at::Tensor theta;
  double objective = 0;
  at::Tensor gradient;
  at::Tensor probabilities;  ///< f32 [classes, N]
};

Point evaluate(const Objective& f, const at::Tensor& theta) {
  check_stop();
  const LogisticProblem& problem = f.problem;
  const std::int64_t records = problem.z.size(1);
  Point point{theta, 0, at::zeros_like(theta),
              at::empty({problem.classes, records}, problem.z.options())};
  at::Tensor loss = at::zeros({}, theta.options());
  for (std::int64_t first = 0; first < records; first += kBlockRecords) {
    const std::int64_t count = std::min(kBlockRecords, records - first);
    const at::Tensor z = problem.z.narrow(1, first, count).to(at::kDouble);
    const at::Tensor own = problem.labels.narrow(0, first, count).unsqueeze(0);
    const at::Tensor logs = theta.t().mm(z).log_softmax(/*dim=*/0);
    at::Tensor p = logs.exp();
    point.probabilities.narrow(1, first, count).copy_(p);
    loss -= logs.gather(0, own).sum();
    p.scatter_add_(0, own, at::full({1, count}, -1.0, p.options()));
    point.gradient += p.mm(z.t()).t();
  }
  point.gradient = point.gradient / f.records() + f.penalty * theta;
  loss = loss / f.records() + (f.penalty * theta.square()).sum() / 2;
  point.objective = loss.item<double>();
  return point;
}

/// The Hessian at `point` times v.
at::Tensor hessian_product(const Objective& f, const Point& point, const at::Tensor& v) {
  const at::Tensor& z = f.problem.z;
  const at::Tensor& p = point.probabilities;
  const at::Tensor change = v.to(at::kFloat).t().mm(z);
  const at::Tensor weighted = p * (change - (p * change).sum(/*dim=*/0, /*keepdim=*/true));
  return weighted.mm(z.t()).t().to(at::kDouble) / f.records() + f.penalty * v;
}

/// Cholesky factor of what stands in for the Hessian: for every class the same block, with each
/// record weighted by its curvature p (1 - p) averaged over the classes.
at::Tensor preconditioner(const Objective& f, const Point& point) {
  const LogisticProblem& problem = f.problem;
  const at::Tensor spread = 1 - point.probabilities.square().sum(/*dim=*/0, /*keepdim=*/true);
  const auto terms = static_cast<double>(problem.z.size(1) * problem.classes);
  const at::Tensor half = problem.z * spread.clamp_min(0).div(terms).sqrt();
  const at::Tensor block = half.mm(half.t()).to(at::kDouble);
  const double rounding = 1e-6 * block.diagonal().max().item<double>() + 1e-12;
  return at::linalg_cholesky(block + (f.penalty + rounding).flatten().diag());
}

double sum_product(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum().item<double>();
}

/// Roughly -H^-1 gradient: conjugate gradients until the residual, in the preconditioner's norm,
/// has shrunk by `reduction`.
at::Tensor newton_step(const Objective& f, const Point& point, double reduction) {
  const at::Tensor factor = preconditioner(f, point);
  at::Tensor step = at::zeros_like(point.gradient);
  at::Tensor residual = -point.gradient;
  at::Tensor scaled = at::cholesky_solve(residual, factor);
  at::Tensor direction = scaled;
  double size = sum_product(residual, scaled);
  const double enough = size * reduction * reduction;
  for (int i = 0; i < kMaxConjugateSteps && size > enough; ++i) {
    check_stop();
    const at::Tensor product = hessian_product(f, point, direction);
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
Point line_search(const Objective& f, const Point& point, const at::Tensor& step) {
  const double slope = sum_product(point.gradient, step);
  const double rounding = 1e-14 * std::max(1.0, std::abs(point.objective));
  double length = 1;
  for (int i = 0; i < kMaxHalvings; ++i) {
    Point next = evaluate(f, point.theta + length * step);
    if (next.objective <= point.objective + 1e-4 * length * slope + rounding) return next;
    length /= 2;
  }
  return point;
}

}  // namespace

LogisticSolution solve_logistic(const LogisticProblem& problem, const SolverOptions& options,
                                const at::Tensor& start) {
  const nn::ProductsFirst products_first;
  const Objective f(problem);
  Point point = evaluate(f, start);
  LogisticSolution found;
  for (;; ++found.iterations) {
    const double slope = point.gradient.abs().max().item<double>();
    found.converged = slope <= options.tolerance;
    if (found.converged || found.iterations == options.max_iterations) break;
    // Newton's method gains as many digits as each step is exact; more than are wanted are wasted.
    const double wanted = options.tolerance / slope / 4;
    const double reduction = std::clamp(std::max(std::sqrt(slope), wanted), 1e-3, 0.1);
    Point next = line_search(f, point, newton_step(f, point, reduction));
    if (next.theta.is_same(point.theta)) break;
    point = std::move(next);
  }
  found.theta = point.theta;
  found.objective = point.objective;
  return found;
}

}  // namespace cs::eval
