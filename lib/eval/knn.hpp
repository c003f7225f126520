/// Nearest-neighbor classification of embeddings.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace cs::eval {

struct KnnOptions {
  std::int64_t k = 10;
  /// 0: every neighbor has one vote. Else a neighbor at cosine sim has e^{sim / temperature} votes
  /// (Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", CVPR
  /// 2018, uses k = 200 and 0.07; lightly 0.1).
  double temperature = 0;
};

/// For every row of `queries` f32 [M, D] the class, i64 [M], with the most votes among its k
/// nearest rows of `train` f32 [N, D] by cosine; `labels` i64 [N] are theirs. Equal votes go to the
/// lower class; which of several train rows at exactly the k-th distance counts is up to LibTorch.
/// Works on the device of `queries`, in blocks: needs a normalized copy of `train` and 128 MiB.
/// Throws DataError if widths differ, an embedding is not finite, or k > N; UsageError if k < 1 or
/// the temperature is negative.
at::Tensor knn_predict(const at::Tensor& train, const at::Tensor& labels, const at::Tensor& queries,
                       const KnnOptions& options);

}  // namespace cs::eval
