/// Checks that all probes share.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace cs::eval {

/// Throws DataError, naming `what`, unless `embeddings` is a matrix of finite numbers with at least
/// one row.
void check_embeddings(const std::string& what, const at::Tensor& embeddings);

/// The same, and that `labels` is i64 with one entry, 0 or more, per row of `embeddings`.
void check_labeled(const std::string& what, const at::Tensor& embeddings, const at::Tensor& labels);

/// Throws DataError unless both matrices have the same number of columns.
void check_same_width(const at::Tensor& train, const at::Tensor& test);

}  // namespace cs::eval
