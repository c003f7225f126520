#include "eval/check.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"

namespace cs::eval {

void check_embeddings(const std::string& what, const at::Tensor& embeddings) {
  if (embeddings.dim() != 2 || embeddings.numel() == 0) {
    throw DataError(what, "has no embeddings; at least one record is needed");
  }
  // A sum is finite only if all terms are, or overflows: then look at every one.
  if (at::isfinite(embeddings.sum(at::kDouble)).item<bool>()) return;
  const at::Tensor rows = at::isfinite(embeddings).all(/*dim=*/1).logical_not().nonzero();
  if (rows.size(0) == 0) return;
  throw DataError(what, "the embedding of record " + std::to_string(rows[0].item<std::int64_t>()) +
                            " is not finite; make the embeddings again");
}

void check_labeled(const std::string& what, const at::Tensor& embeddings,
                   const at::Tensor& labels) {
  check_embeddings(what, embeddings);
  if (labels.dim() != 1 || labels.scalar_type() != at::kLong ||
      labels.size(0) != embeddings.size(0)) {
    throw DataError(what, "has " + std::to_string(embeddings.size(0)) + " embeddings and " +
                              std::to_string(labels.numel()) + " labels; one for each is needed");
  }
  if (labels.min().item<std::int64_t>() < 0) throw DataError(what, "a label is negative");
}

void check_same_width(const at::Tensor& train, const at::Tensor& test) {
  if (train.size(1) == test.size(1)) return;
  throw DataError("probe", "training embeddings are " + std::to_string(train.size(1)) +
                               " wide and test embeddings " + std::to_string(test.size(1)) +
                               "; both must come from one encoder");
}

}  // namespace cs::eval
