#include "eval/interval.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/stop.hpp"

namespace cs::eval {
namespace {

/// The stream of kSplit that validation splits do not use.
constexpr std::uint32_t kBootstrapView = 1;

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Percentile of sorted values, linear between neighbors (as numpy's default).
double percentile(const std::vector<double>& sorted, double fraction) {
  const double at = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

double resampled_mean(const std::vector<double>& values, Random random) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<double> matches(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() != 1 || a.sizes() != b.sizes() || a.size(0) == 0) {
    throw DataError("predictions", "cannot compare " + std::to_string(a.numel()) + " with " +
                                       std::to_string(b.numel()) +
                                       "; both must be about the same records, at least one");
  }
  const at::Tensor equal = a.cpu().eq(b.cpu()).to(at::kDouble).contiguous();
  const double* first = equal.data_ptr<double>();
  return {first, first + equal.numel()};
}

Estimate bootstrap_mean(const std::vector<double>& values, std::uint64_t seed, int resamples) {
  if (values.empty()) throw DataError("interval", "there are no values to take the mean of");
  if (resamples < 1) throw UsageError("interval", "needs at least one resample");
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (std::size_t r = 0; r < means.size(); ++r) {
    check_stop();
    means[r] = resampled_mean(values, Random(seed, Purpose::kSplit, r, kBootstrapView));
  }
  std::sort(means.begin(), means.end());
  return {mean_of(values), percentile(means, 0.025), percentile(means, 0.975)};
}

}  // namespace cs::eval
