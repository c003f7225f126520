/// Training methods: the table of what there is, with each one's recipes, and what a method is. A
/// new method is a row of the table and a small class (pretrain.cpp, steal.cpp).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "methods/recipe.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace cs::methods {

/// What a method needs to be told beside its encoder.
struct MethodSettings {
  Recipe recipe;
  bool softmax = false;      ///< posterior: answers are probabilities, not logits
  std::int64_t classes = 0;  ///< that the set's labels, or answers, tell apart, for classifiers
  std::int64_t answer_width = 0;  ///< of the set's embeddings, for methods that imitate them
  std::uint64_t seed = 0;         ///< of the weights of projectors and heads
};

/// Ground truth and answers of a batch, on the training device; undefined where the set has none.
struct Targets {
  at::Tensor answers;  ///< f32 [answers a record * batch, width], of predictions i64 [batch]
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

  /// The classifier that was trained with the encoder, classes not named yet; none for methods that
  /// have none.
  virtual std::optional<nn::Head> head() const { return std::nullopt; }

  /// The encoder to publish: encoder(), or with it an adapter that is to be kept.
  virtual nn::Encoder result() const { return encoder_; }

  /// How far the last batch that the encoder saw is spread, a scalar on its device: of the mean
  /// squared length of embeddings, the share that is not their mean's. 0 where all are the same.
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

enum class MethodKind {
  kPretrain,  ///< an encoder from images, perhaps with labels
  kSteal,     ///< a surrogate from images and a victim's answers; never sees ground truth
};

/// What the encoder sees of each record at a step.
enum class Views {
  kOne,            ///< one image; an attack chooses which by --surrogate-view
  kPair,           ///< two fresh views
  kFresh,          ///< --views fresh views
  kPlainAndFresh,  ///< the image as it is, and --views fresh views
  kAnsweredPair,   ///< two stored views, beside the answers to both
};

/// A row of the table.
struct MethodInfo {
  std::string name;
  std::string summary;  ///< one line, lower case, no full stop: for --help
  MethodKind kind;
  bool needs_labels;                        ///< ground truth; never for kSteal
  std::optional<data::AnswerKind> answers;  ///< what it learns from a victim, if from any
  bool uses_tau;
  Views views;
  std::vector<Recipe> recipes;  ///< the default one first
  std::shared_ptr<Method> (*make)(const nn::Encoder& encoder, const MethodSettings& settings);

  /// Whether encoder and classifier are trained together, so that there is a head to keep.
  bool classifies() const {
    return needs_labels || (answers && *answers != data::AnswerKind::kEmbedding);
  }
  /// Whether it imitates embeddings.
  bool imitates() const { return answers == data::AnswerKind::kEmbedding; }
  /// Whether all answers to a record are one target: the mean of their directions.
  bool uses_prototypes() const { return name == "rda"; }
  /// Images of each record that a step trains on.
  std::int64_t images(const Recipe& recipe) const;
  /// The recipe called `wanted`, of "" the default; throws UsageError naming those there are.
  const Recipe& recipe(const std::string& wanted) const;
};

/// All methods, pre-training first, in the order in which help and manual list them.
const std::vector<MethodInfo>& methods();

/// "supervised: cross-entropy of a linear classifier with ground truth; simclr: ...", for --help.
std::string summaries();

/// The row called `name`; throws UsageError naming all methods.
const MethodInfo& find_method(const std::string& name);

/// The method at work on `encoder`. Throws DataError if the set lacks what the method needs (fewer
/// than two classes, no embeddings), UsageError if the encoder's embeddings and the victim's differ
/// in width and no adapter is between them.
std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSettings& settings);

/// Added to seeds of layers that only training needs, so that they share no random numbers with the
/// encoder.
constexpr std::uint64_t kHeadStream = 0x9E3779B97F4A7C15;

}  // namespace cs::methods
