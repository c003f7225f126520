/// What a training method is, and the row by which methods/list.hpp knows it.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/training_set.hpp"
#include "methods/option.hpp"
#include "methods/recipe.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace cs::methods {

/// What a method is made from beside its encoder.
struct MethodSetup {
  Recipe recipe;
  bool softmax = false;      ///< posteriors are probabilities, not logits
  std::int64_t classes = 0;  ///< that the set's labels, or answers, tell apart, for classifiers
  std::int64_t answer_width = 0;  ///< of the set's embeddings, for methods that imitate them
  std::uint64_t seed = 0;         ///< of the weights of projectors and heads
};

/// Ground truth and answers of a batch, on the training device; undefined where the set has none.
struct Targets {
  at::Tensor answers;  ///< f32 [answers a record * batch, width], of predictions
                       ///< i64 [batch]
  at::Tensor labels;   ///< i64 [batch]
};

/// An encoder under training together with the layers that only training needs. Its parameters()
/// that require gradients are what the optimizer updates; parameters and buffers together are all
/// that a checkpoint must keep of it. The encoder's weights are the caller's to set, before the
/// method is made.
class Method : public torch::nn::Module {
 public:
  const nn::Encoder& encoder() const { return encoder_; }

  /// Normalized images [views * batch, 3, H, W], all first views before all second ones, to the
  /// rows that loss() compares. The heavy part: runs under Autocast.
  virtual at::Tensor forward(const at::Tensor& images) = 0;

  /// The loss of `outputs`, what forward() returned, in f32 and outside Autocast.
  virtual at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const = 0;

  /// Called when the optimizer has taken step `step` (from 0) of `steps`.
  virtual void after_step(std::int64_t /*step*/, std::int64_t /*steps*/) {}

  /// Throws UsageError if the method cannot be trained on batches of so many records.
  virtual void check_batch(std::int64_t batch) const;

  /// The classifier that was trained with the encoder, without the names of its classes; none of
  /// methods that do not classify.
  virtual std::optional<nn::Head> head() const { return std::nullopt; }

  /// The encoder to publish: encoder(), or with it an adapter that is to be kept.
  virtual nn::Encoder result() const { return encoder_; }

  /// The spread of the last batch of embeddings, 1 - |mean|^2 / mean(|embedding|^2): a scalar on
  /// the encoder's device, 0 where all embeddings are equal.
  at::Tensor spread() const;

 protected:
  explicit Method(nn::Encoder encoder);

  at::Tensor embed(const at::Tensor& images);
  /// embed() of each of `count` views by itself, since each is a batch of its own to batch norm.
  std::vector<at::Tensor> embed_views(const at::Tensor& images, std::int64_t count);

 private:
  nn::Encoder encoder_;
  at::Tensor embedding_;  ///< the last one, without its graph
};

/// What the encoder sees of each record at a step.
enum class Views {
  kOne,            ///< one image; of an attack, Recipe::surrogate_view says which
  kPair,           ///< two fresh views
  kFresh,          ///< Recipe::views fresh views
  kPlainAndFresh,  ///< the image as it is, and Recipe::views fresh views
  kAnsweredPair,   ///< two stored views, beside the answers to both
};

/// All that is known of a method; its file fills it in.
struct MethodInfo {
  std::string name;
  std::string summary;        ///< one line, lower case, no full stop: for --help
  bool needs_labels = false;  ///< ground truth; never of an attack
  /// What it learns from a victim; none of pre-training.
  std::optional<data::AnswerKind> answers;
  Views views = Views::kOne;
  /// Makes the one target of each record [records, width] from all answers to it [records, K,
  /// width]; null where a step compares with the answers themselves.
  at::Tensor (*merge_answers)(const at::Tensor& answers) = nullptr;
  std::vector<Recipe> recipes;  ///< the default one first
  /// The options of its own settings: of the loss, and of the layers beside the encoder.
  std::vector<RecipeOption> loss_options;
  std::vector<RecipeOption> layer_options;
  std::function<std::shared_ptr<Method>(const nn::Encoder& encoder, const MethodSetup& setup)> make;

  /// Whether encoder and classifier are trained together, so that there is a head to keep.
  bool classifies() const {
    return needs_labels || (answers && *answers != data::AnswerKind::kEmbedding);
  }
  /// Whether it imitates embeddings.
  bool imitates() const { return answers == data::AnswerKind::kEmbedding; }
  /// Images of each record that a step trains on.
  std::int64_t images(const Recipe& recipe) const;
  /// The recipe called `wanted`, of "" the default; throws UsageError naming those there are.
  const Recipe& recipe(const std::string& wanted) const;
};

/// A MethodInfo::make for a class with the constructor Class(encoder, setup).
template <typename Class>
std::shared_ptr<Method> make(const nn::Encoder& encoder, const MethodSetup& setup) {
  return std::make_shared<Class>(encoder, setup);
}

/// Makes the method `info`, which trains `encoder` in place. Throws DataError if the set lacks what
/// the method needs (fewer than two classes, no embeddings), UsageError if the encoder's embeddings
/// and the victim's differ in width and no adapter is between them.
std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSetup& setup);

}  // namespace cs::methods
