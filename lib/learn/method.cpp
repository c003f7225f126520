#include "learn/method.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <utility>

#include "core/error.hpp"

namespace cs::learn {
namespace {

/// Added to the seed for layers that only training needs, so that they share no random numbers
/// with the encoder.
constexpr std::uint64_t kHeadStream = 0x9E3779B97F4A7C15;

/// An encoder and a linear classifier on its embedding, trained together.
class Classifier : public Method {
 public:
  using Loss = at::Tensor (*)(const at::Tensor& logits, const Targets& targets,
                              const MethodSettings& settings);

  Classifier(const nn::Encoder& encoder, const MethodSettings& settings, Loss compare)
      : Method(encoder),
        settings_(settings),
        compare_(compare),
        fc_(register_module("fc", torch::nn::Linear(encoder->config().width, settings.classes))) {
    nn::initialize(*fc_, settings.seed + kHeadStream);
  }

  at::Tensor forward(const at::Tensor& images) override {
    return fc_->forward(Method::forward(images));
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return compare_(outputs.to(at::kFloat), targets, settings_);
  }

  std::optional<nn::Head> head() const override {
    return nn::Head{fc_->weight.detach().to(at::kCPU), fc_->bias.detach().to(at::kCPU), {}};
  }

 private:
  MethodSettings settings_;
  Loss compare_;
  torch::nn::Linear fc_;
};

at::Tensor truth_loss(const at::Tensor& logits, const Targets& targets,
                      const MethodSettings& /*o*/) {
  return at::cross_entropy_loss(logits, targets.labels);
}

at::Tensor prediction_loss(const at::Tensor& logits, const Targets& targets,
                           const MethodSettings& /*o*/) {
  return at::cross_entropy_loss(logits, targets.answers);
}

at::Tensor posterior_loss(const at::Tensor& logits, const Targets& targets,
                          const MethodSettings& o) {
  const at::Tensor& t = targets.answers;
  if (o.posterior_loss == PosteriorLoss::kKl) return kl(logits, o.softmax ? t : t.softmax(1));
  return mse(o.softmax ? logits.softmax(1) : logits, t);
}

/// Two views of each record are each other's positive, through a projector that is then dropped.
class Simclr : public Method {
 public:
  Simclr(const nn::Encoder& encoder, const MethodSettings& settings)
      : Method(encoder), tau_(settings.tau) {
    namespace tn = torch::nn;
    const auto width = encoder->config().width;
    projector_ = register_module(
        "projector", tn::Sequential(tn::Linear(width, 1024), tn::ReLU(), tn::Linear(1024, 128)));
    nn::initialize(*projector_, settings.seed + kHeadStream);
  }

  at::Tensor forward(const at::Tensor& images) override {
    std::vector<at::Tensor> rows;  // each view is a batch of its own to batch norm, as published
    for (const at::Tensor& view : images.chunk(2))
      rows.push_back(projector_->forward(Method::forward(view)));
    return at::cat(rows);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    const auto views = outputs.chunk(2);
    return nt_xent(views[0], views[1], tau_);
  }

 private:
  double tau_;
  torch::nn::Sequential projector_;
};

/// A surrogate whose embeddings are compared with the victim's answers by one of the losses.
class Steal : public Method {
 public:
  using Loss = at::Tensor (*)(const at::Tensor& surrogate, const at::Tensor& victim,
                              const MethodSettings& settings);

  Steal(const nn::Encoder& encoder, const MethodSettings& settings, Loss compare)
      : Method(encoder), settings_(settings), compare_(compare) {}

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return compare_(outputs, targets.answers, settings_);
  }

 private:
  MethodSettings settings_;
  Loss compare_;
};

at::Tensor mse_loss(const at::Tensor& s, const at::Tensor& t, const MethodSettings& /*unused*/) {
  return mse(s, t);
}

at::Tensor cosine_loss(const at::Tensor& s, const at::Tensor& t, const MethodSettings& /*unused*/) {
  return cosine(s, t);
}

at::Tensor cont_steal_loss(const at::Tensor& s, const at::Tensor& t, const MethodSettings& o) {
  return cont_steal(s, t, o.tau, o.terms);
}

at::Tensor nt_xent_loss(const at::Tensor& s, const at::Tensor& t, const MethodSettings& o) {
  return nt_xent(s, t, o.tau);
}

template <typename T>
std::shared_ptr<Method> pretrain(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<T>(encoder, settings);
}

template <Classifier::Loss kLoss>
std::shared_ptr<Method> classify(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Classifier>(encoder, settings, kLoss);
}

template <Steal::Loss kLoss>
std::shared_ptr<Method> steal(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Steal>(encoder, settings, kLoss);
}

Defaults supervised_defaults() {
  Defaults d;
  d.lr = 0.1;
  d.lr_batch = 128;
  d.weight_decay = 5e-4;
  d.batch = 128;
  d.schedule = Schedule::kCosine;
  d.policy = "crop-flip";
  return d;
}

Defaults simclr_defaults() {
  Defaults d;
  d.lr = 0.06;
  d.lr_long = 0.03;
  d.lr_batch = 256;
  d.weight_decay = 5e-4;
  d.batch = 512;
  d.schedule = Schedule::kCosine;
  d.policy = "simclr";
  return d;
}

/// Adam at 3e-4 on the images that the victim answered.
Defaults steal_defaults() {
  Defaults d;
  d.optimizer = OptimizerKind::kAdam;
  d.lr = 3e-4;
  d.surrogate_view = data::SurrogateView::kPlain;
  return d;
}

Defaults cont_steal_defaults() {
  Defaults d = steal_defaults();
  d.policy = "cont-steal";
  d.surrogate_view = data::SurrogateView::kFresh;
  return d;
}

Defaults cont_steal_code_defaults() {
  Defaults d = steal_defaults();
  d.batch = 32;
  d.surrogate_view = data::SurrogateView::kSame;
  return d;
}

Defaults infonce_defaults() {
  Defaults d = steal_defaults();
  d.tau = 0.07;
  d.weight_decay = 1e-4;
  return d;
}

constexpr const char* kPaper = "Sha et al., CVPR 2023 (arXiv 2201.07513)";
constexpr const char* kPaperCode = "github.com/zeyangsha/Cont-Steal";
constexpr const char* kPaperCodeBatch = "github.com/zeyangsha/Cont-Steal, batch 256 instead of 32";

std::vector<MethodInfo> make_table() {
  constexpr auto kPretrain = MethodKind::kPretrain;
  constexpr auto kSteal = MethodKind::kSteal;
  constexpr auto kLabel = data::AnswerKind::kPrediction;
  constexpr auto kPosterior = data::AnswerKind::kPosterior;
  constexpr auto kEmbedding = data::AnswerKind::kEmbedding;
  constexpr auto kNone = std::nullopt;
  // name, summary, source, kind, labels, answers, tau, views, defaults, make
  return {
      {"supervised", "cross-entropy of a linear classifier with ground truth",
       "common practice for ResNet-18 on CIFAR-10", kPretrain, true, kNone, false, 1,
       supervised_defaults(), classify<truth_loss>},
      {"simclr", "NT-Xent between two views of each image", "github.com/dkobak/simclr-cifar10",
       kPretrain, false, kNone, true, 2, simclr_defaults(), pretrain<Simclr>},
      {"label", "cross-entropy of a classifier with the victim's labels", kPaperCodeBatch, kSteal,
       false, kLabel, false, 1, steal_defaults(), classify<prediction_loss>},
      {"posterior", "distance of a classifier's output to the victim's posterior", kPaperCodeBatch,
       kSteal, false, kPosterior, false, 1, steal_defaults(), classify<posterior_loss>},
      {"mse", "mean squared distance to the victim's embedding", kPaperCodeBatch, kSteal, false,
       kEmbedding, false, 1, steal_defaults(), steal<mse_loss>},
      {"cosine", "one minus the cosine to the victim's embedding", kPaperCodeBatch, kSteal, false,
       kEmbedding, false, 1, steal_defaults(), steal<cosine_loss>},
      {"cont-steal", "Cont-Steal, contrastive loss of the paper", kPaper, kSteal, false, kEmbedding,
       true, 1, cont_steal_defaults(), steal<cont_steal_loss>},
      {"cont-steal-code", "Cont-Steal, symmetric loss of the released code", kPaperCode, kSteal,
       false, kEmbedding, true, 1, cont_steal_code_defaults(), steal<nt_xent_loss>},
      {"infonce", "symmetric contrastive loss at a low temperature",
       "github.com/cleverhans-lab/ssl-attacks-defenses", kSteal, false, kEmbedding, true, 1,
       infonce_defaults(), steal<nt_xent_loss>},
  };
}

void check(const MethodInfo& info, const nn::Encoder& encoder, const MethodSettings& settings) {
  if (info.classifies()) {
    if (settings.classes >= 2) return;
    throw DataError(info.name, std::string(info.needs_labels ? "needs images with labels of"
                                                             : "needs answers that tell apart") +
                                   " at least two classes, the set has " +
                                   std::to_string(settings.classes));
  }
  if (!info.answers) return;
  if (settings.answer_width < 1)
    throw DataError(info.name, "needs a victim's embeddings; make them with cs-query");
  const auto width = encoder->config().width;
  if (width != settings.answer_width) {
    throw UsageError(info.name, "the surrogate's embeddings are " + std::to_string(width) +
                                    " wide, the victim's " + std::to_string(settings.answer_width) +
                                    "; give both the same width");
  }
}

}  // namespace

Method::Method(nn::Encoder encoder) : encoder_(register_module("encoder", std::move(encoder))) {}

at::Tensor Method::forward(const at::Tensor& images) { return encoder_->forward(images); }

PosteriorLoss parse_posterior_loss(const std::string& text) {
  if (text == "mse") return PosteriorLoss::kMse;
  if (text == "kl") return PosteriorLoss::kKl;
  throw UsageError("--posterior-loss", "'" + printable(text) + "' is none of mse|kl");
}

std::string to_string(PosteriorLoss loss) { return loss == PosteriorLoss::kKl ? "kl" : "mse"; }

double Defaults::learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const {
  const double base = epoch_count > 100 && lr_long > 0 ? lr_long : lr;
  if (lr_batch == 0) return base;
  return base * static_cast<double>(batch_size) / static_cast<double>(lr_batch);
}

const std::vector<MethodInfo>& methods() {
  static const std::vector<MethodInfo> kTable = make_table();
  return kTable;
}

const MethodInfo& find_method(const std::string& name) {
  std::string names;
  for (const auto& info : methods()) {
    if (info.name == name) return info;
    names += (names.empty() ? "" : ", ") + info.name;
  }
  throw UsageError(name, "there is no such method; use one of " + names);
}

std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSettings& settings) {
  check(info, encoder, settings);
  return info.make(encoder, settings);
}

}  // namespace cs::learn
