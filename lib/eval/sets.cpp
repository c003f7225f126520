#include "eval/sets.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "data/tensors.hpp"

namespace cs::eval {
namespace {

constexpr std::int32_t kMostNumbers = 1'000'000;

/// The labels of a set whose header names no classes, as another program may write it.
Labels numbered_labels(const store::Dataset& set) {
  std::vector<std::int32_t> stored(set.count());
  set.read(store::Column::kLabel, set.header().first, set.count(), stored.data());
  const auto [least, most] = std::minmax_element(stored.begin(), stored.end());
  if (*least < 0) throw DataError(set.name(), "holds unlabeled records; labels are needed here");
  if (*most >= kMostNumbers)
    throw DataError(set.name(), "has labels too large to do without names");
  Labels labels{at::tensor(stored, at::kInt).to(at::kLong), {}};
  for (std::int32_t i = 0; i <= *most; ++i) labels.names.push_back(std::to_string(i));
  return labels;
}

Labels read_labels(const store::Dataset& set) {
  set.require(store::Column::kLabel);
  if (set.header().classes.empty()) return numbered_labels(set);
  return {data::read_labels(set), set.header().classes};
}

}  // namespace

const std::vector<InputInfo>& all_inputs() {
  static const std::vector<InputInfo> inputs{
      {Input::kTrain, "train", "Labeled embeddings that the probes are fitted to."},
      {Input::kTest, "test",
       "Labeled embeddings of the same encoder that the probes are tested on."},
      {Input::kAnswers, "answers",
       "Score these labeled predictions or posteriors, instead of embeddings."},
      {Input::kVictim, "agreement",
       "The victim's predictions or posteriors for the same images; adds the agreement."}};
  return inputs;
}

const std::string& name_of(Input input) {
  return std::find_if(all_inputs().begin(), all_inputs().end(),
                      [&](const InputInfo& info) { return info.input == input; })
      ->name;
}

Sets::Sets(std::map<Input, store::Dataset> sets, std::uint64_t seed)
    : sets_(std::move(sets)), seed_(seed) {
  for (const auto& [input, set] : sets_)
    if (set.count() == 0) throw DataError(set.name(), "holds no record");
  if (has(Input::kVictim) && !at(Input::kVictim).answers_same_images(at(judged())))
    throw DataError(
        at(Input::kVictim).name(),
        "does not answer the images of " + printable(at(judged()).name()) + "; query those images");
}

const at::Tensor& Sets::embeddings(Input input) const {
  const auto [kept, missing] = embeddings_.try_emplace(input);
  if (missing) kept->second = data::read_vectors(at(input), store::Column::kEmbedding);
  return kept->second;
}

const Labels& Sets::labels(Input input) const {
  const auto kept = labels_.find(input);
  if (kept != labels_.end()) return kept->second;
  return labels_.emplace(input, read_labels(at(input))).first->second;
}

}  // namespace cs::eval
