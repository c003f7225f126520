/// Means over test records, with bootstrap confidence intervals.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace cs::eval {

/// A mean with its 95 % confidence interval.
struct Estimate {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// What bootstrap_mean() gives, in the words of lines.
inline constexpr const char* kBootstrapInterval = "95 % percentile bootstrap over test records";

/// 1 where `a` and `b`, i64 [N], are equal, else 0. Against labels its mean is the accuracy of
/// predictions, against another model's predictions the agreement. Throws DataError if the lengths
/// differ or are 0.
std::vector<double> matches(const at::Tensor& a, const at::Tensor& b);

/// The mean of `values` and the 2.5 and 97.5 percentiles of the means of `resamples` samples drawn
/// from them with replacement (Efron's percentile bootstrap). Give it the differences of two
/// models' matches, record by record, for a paired comparison. Resample r is drawn from
/// Random(seed, kSplit, r, view 1). Throws DataError if `values` is empty, UsageError if
/// `resamples` is not 1 or more.
Estimate bootstrap_mean(const std::vector<double>& values, std::uint64_t seed,
                        int resamples = 1000);

}  // namespace cs::eval
