/// Shards of labeled embeddings, posteriors and predictions for tests of measures.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "eval/sets.hpp"
#include "support/answers.hpp"
#include "support/temp_dir.hpp"

namespace cs::eval {

inline at::Tensor ids(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::kLong);
}

class LabeledShards : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;
  using Path = std::filesystem::path;

  /// Answers of "someone" to the images whose fingerprint is `of`. Predictions and posteriors tell
  /// apart the classes that `about` names.
  Path shard(answers::AnswerKind kind, const at::Tensor& values, const Names& classes,
             const std::vector<std::int64_t>& labels, const Json& about = Json::object(),
             const Digest& of = {1, 1}) {
    const at::Tensor numbers = values.to(at::kFloat).contiguous();
    const auto* from = numbers.data_ptr<float>();
    const Path path = dir_ / (std::to_string(++made_) + ".lmdb");
    test::write_labeled_answers(path, kind, {from, from + numbers.numel()}, classes, labels, about,
                                of);
    return path;
  }

  Path embeddings(const at::Tensor& values, const Names& classes,
                  const std::vector<std::int64_t>& labels, const Digest& of = {1, 1}) {
    return shard(answers::AnswerKind::kEmbedding, values, classes, labels,
                 {{"victim", {{"file", "abc"}}}}, of);
  }

  /// Predictions by position in `told_apart`, of records labeled by position in `classes`.
  Path predictions(const std::vector<std::int64_t>& values, const Names& told_apart,
                   const Names& classes, const std::vector<std::int64_t>& labels,
                   const Digest& of = {1, 1}) {
    return shard(answers::AnswerKind::kPrediction, ids(values), classes, labels,
                 {{"classes", told_apart}}, of);
  }

  static Sets sets(const std::map<Input, Path>& given, std::uint64_t seed = 3) {
    std::map<Input, store::Dataset> opened;
    for (const auto& [input, path] : given) opened.try_emplace(input, std::vector<Path>{path});
    return {std::move(opened), seed};
  }

  test::TempDir dir_;

 private:
  int made_ = 0;
};

}  // namespace cs::eval
