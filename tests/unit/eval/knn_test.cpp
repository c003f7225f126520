#include "eval/knn.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace cs::eval {
namespace {

/// The definition, one pair at a time.
std::vector<std::int64_t> by_brute_force(const at::Tensor& train, const at::Tensor& labels,
                                         const at::Tensor& queries, const KnnOptions& options) {
  std::vector<std::int64_t> classes;
  for (std::int64_t q = 0; q < queries.size(0); ++q) {
    std::vector<std::pair<double, std::int64_t>> found;
    for (std::int64_t i = 0; i < train.size(0); ++i) {
      const auto a = queries[q].to(at::kDouble);
      const auto b = train[i].to(at::kDouble);
      const double sim = a.dot(b).item<double>() / (a.norm() * b.norm()).item<double>();
      found.emplace_back(-sim, labels[i].item<std::int64_t>());
    }
    std::sort(found.begin(), found.end());
    std::vector<double> votes(static_cast<std::size_t>(labels.max().item<std::int64_t>() + 1));
    for (std::size_t i = 0; i < static_cast<std::size_t>(options.k); ++i) {
      votes[static_cast<std::size_t>(found[i].second)] +=
          options.temperature > 0 ? std::exp(-found[i].first / options.temperature) : 1;
    }
    classes.push_back(std::max_element(votes.begin(), votes.end()) - votes.begin());
  }
  return classes;
}

std::vector<std::int64_t> to_vector(const at::Tensor& tensor) {
  const auto* first = tensor.data_ptr<std::int64_t>();
  return {first, first + tensor.numel()};
}

TEST(Knn, AgreesWithABruteForceLoopForVotesAndForWeights) {
  at::manual_seed(1);
  const auto train = at::randn({60, 5});
  const auto labels = at::randint(0, 4, {60}, at::kLong);
  const auto queries = at::randn({25, 5});
  for (const KnnOptions options : {KnnOptions{1, 0}, KnnOptions{10, 0}, KnnOptions{20, 0.1},
                                   KnnOptions{60, 0.07}, KnnOptions{7, 0.01}}) {
    EXPECT_EQ(to_vector(knn_predict(train, labels, queries, options)),
              by_brute_force(train, labels, queries, options))
        << "k " << options.k << ", temperature " << options.temperature;
  }
}

TEST(Knn, GivesEqualVotesToTheLowerClass) {
  const auto train = at::tensor({1.0F, 0.1F, 1.0F, 0.2F}).view({2, 2});
  const auto query = at::tensor({1.0F, 0.0F}).view({1, 2});
  EXPECT_EQ(knn_predict(train, at::tensor({3, 1}, at::kLong), query, {2, 0}).item<int>(), 1);
  EXPECT_EQ(knn_predict(train, at::tensor({1, 3}, at::kLong), query, {2, 0}).item<int>(), 1);
  EXPECT_EQ(knn_predict(train, at::tensor({3, 1}, at::kLong), query, {2, 0.1}).item<int>(), 3);
}

TEST(Knn, GivesTheSameAnswersInBlocksAsAtOnce) {
  at::manual_seed(2);
  const auto train = at::randn({300000, 2});  // 55 queries a block
  const auto labels = at::randint(0, 3, {300000}, at::kLong);
  const auto queries = at::randn({120, 2});
  const auto all = knn_predict(train, labels, queries, {5, 0});
  for (const std::int64_t q : {0, 54, 55, 119}) {
    const auto one = knn_predict(train, labels, queries.narrow(0, q, 1), {5, 0});
    EXPECT_EQ(one.item<std::int64_t>(), all[q].item<std::int64_t>());
  }
}

TEST(Knn, RefusesNonsense) {
  const auto x = at::ones({4, 3});
  const auto y = at::zeros({4}, at::kLong);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(knn_predict(x, y, x, {5, 0}), DataError);
  EXPECT_THROW(knn_predict(x, y, x, {0, 0}), UsageError);
  EXPECT_THROW(knn_predict(x, y, x, {1, -1}), UsageError);
  EXPECT_THROW(knn_predict(x, y, at::ones({4, 2}), {1, 0}), DataError);
  EXPECT_THROW(knn_predict(x, y, x * nan, {1, 0}), DataError);
  EXPECT_THROW(knn_predict(x, y.narrow(0, 0, 3), x, {1, 0}), DataError);
}

}  // namespace
}  // namespace cs::eval
