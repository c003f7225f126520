/// Training methods: the table of what there is, with each one's defaults, and the classes that
/// turn a batch into a loss. A new method is a row of the table and a small class.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "learn/losses.hpp"
#include "learn/optimizer.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace cs::learn {

/// How the method `posterior` compares its classifier with the victim's.
enum class PosteriorLoss {
  kMse,  ///< mean squared distance of logits, or of probabilities if the victim gave those
  kKl,   ///< kl()
};

/// `mse`, `kl`; throws UsageError.
PosteriorLoss parse_posterior_loss(const std::string& text);
std::string to_string(PosteriorLoss loss);

/// What a method needs to be told beside its encoder.
struct MethodSettings {
  double tau = 0.5;                                    ///< temperature, for contrastive methods
  ContStealTerms terms;                                ///< cont-steal
  PosteriorLoss posterior_loss = PosteriorLoss::kMse;  ///< posterior
  bool softmax = false;      ///< posterior: answers are probabilities, not logits
  std::int64_t classes = 0;  ///< that the set's labels, or answers, tell apart, for classifiers
  std::int64_t answer_width = 0;  ///< of the set's embeddings, for methods that imitate them
  std::uint64_t seed = 0;         ///< of the weights of projectors and heads
};

/// Ground truth and answers of a batch, on the training device; undefined where the set has none.
struct Targets {
  at::Tensor answers;  ///< f32 [batch, width], of predictions i64 [batch]
  at::Tensor labels;   ///< i64 [batch]
};

/// An encoder under training together with the layers that only training needs. Its parameters()
/// are all that the optimizer updates. The encoder's weights are the caller's to initialize.
class Method : public torch::nn::Module {
 public:
  const nn::Encoder& encoder() const { return encoder_; }

  /// Normalized images [views * batch, 3, H, W], all first views before all second ones, to the
  /// rows that loss() compares. The heavy part: runs under Autocast.
  virtual at::Tensor forward(const at::Tensor& images);

  /// The loss of `outputs`, what forward() returned, in f32 and outside Autocast.
  virtual at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const = 0;

  /// The classifier that was trained with the encoder, classes not named yet; none for methods that
  /// have none.
  virtual std::optional<nn::Head> head() const { return std::nullopt; }

 protected:
  explicit Method(nn::Encoder encoder);

 private:
  nn::Encoder encoder_;
};

/// The recipe a method comes with; every field has an option that overrides it.
struct Defaults {
  OptimizerKind optimizer = OptimizerKind::kSgd;
  double lr = 0.1;            ///< per `lr_batch` records of a batch
  double lr_long = 0;         ///< instead of `lr` for over 100 epochs; 0 = the same
  std::int64_t lr_batch = 0;  ///< lr grows in proportion: lr * batch / lr_batch; 0 = not scaled
  double momentum = 0.9;      ///< SGD only
  double weight_decay = 0;
  std::int64_t batch = 256;
  std::int64_t epochs = 100;
  double tau = 0.5;
  ContStealTerms terms;
  PosteriorLoss posterior_loss = PosteriorLoss::kMse;
  Schedule schedule = Schedule::kConstant;
  std::int64_t warmup = 0;       ///< epochs
  std::string policy = "plain";  ///< of fresh views
  data::SurrogateView surrogate_view = data::SurrogateView::kFresh;
  data::VictimView victim_view = data::VictimView::kRandom;

  /// The learning rate that the recipe gives a run of `epoch_count` epochs at `batch_size`.
  double learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const;
};

enum class MethodKind {
  kPretrain,  ///< an encoder from images, perhaps with labels
  kSteal,     ///< a surrogate from images and a victim's answers; never sees ground truth
};

/// A row of the table.
struct MethodInfo {
  std::string name;
  std::string summary;  ///< one line, lower case, no full stop: for --help and the manual page
  std::string source;   ///< where the defaults come from
  MethodKind kind;
  bool needs_labels;                        ///< ground truth; never for kSteal
  std::optional<data::AnswerKind> answers;  ///< what it learns from a victim, if from any
  bool uses_tau;
  std::int64_t views;  ///< images per record and step
  Defaults defaults;
  std::shared_ptr<Method> (*make)(const nn::Encoder& encoder, const MethodSettings& settings);

  /// Whether encoder and classifier are trained together, so that there is a head to keep.
  bool classifies() const {
    return needs_labels || (answers && *answers != data::AnswerKind::kEmbedding);
  }
};

/// All methods, pre-training first, in the order in which help and manual list them.
const std::vector<MethodInfo>& methods();

/// The row called `name`; throws UsageError naming all methods.
const MethodInfo& find_method(const std::string& name);

/// The method at work on `encoder`. Throws DataError if the set lacks what the method needs (fewer
/// than two classes, no embeddings), UsageError if the encoder's embeddings and the victim's differ
/// in width.
std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSettings& settings);

}  // namespace cs::learn
