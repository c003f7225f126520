#include "methods/pretrain.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <string>

#include "core/random.hpp"

namespace cs::methods {
namespace {

/// An encoder and a linear classifier on its embedding, trained together.
class Classifier : public Method {
 public:
  Classifier(const nn::Encoder& encoder, const MethodSettings& settings, CompareLogits compare)
      : Method(encoder),
        settings_(settings),
        compare_(compare),
        fc_(register_module("fc", torch::nn::Linear(encoder->config().width, settings.classes))) {
    nn::initialize(*fc_, settings.seed + kHeadStream);
  }

  at::Tensor forward(const at::Tensor& images) override { return fc_->forward(embed(images)); }

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return compare_(outputs.to(at::kFloat), targets, settings_);
  }

  std::optional<nn::Head> head() const override {
    return nn::Head{fc_->weight.detach().to(at::kCPU), fc_->bias.detach().to(at::kCPU), {}};
  }

 private:
  MethodSettings settings_;
  CompareLogits compare_;
  torch::nn::Linear fc_;
};

at::Tensor truth_loss(const at::Tensor& logits, const Targets& targets,
                      const MethodSettings& /*settings*/) {
  return at::cross_entropy_loss(logits, targets.labels);
}

/// What methods on two views have in common: a projector behind the encoder.
class TwoViews : public Method {
 protected:
  TwoViews(const nn::Encoder& encoder, const MethodSettings& settings, Norm norm)
      : Method(encoder), recipe_(settings.recipe) {
    projector_ =
        register_module("projector", mlp(encoder->config().width, recipe_.projector, norm));
    nn::initialize(*projector_, settings.seed + kHeadStream);
  }

  /// The projections of all first views, then of all second ones.
  at::Tensor project(const at::Tensor& images) {
    std::vector<at::Tensor> rows;
    for (const at::Tensor& embedding : embed_views(images, 2))
      rows.push_back(projector_->forward(embedding));
    return at::cat(rows);
  }

  Recipe recipe_;
  torch::nn::Sequential projector_{nullptr};
};

/// The rows of each view in the place of the other's.
at::Tensor exchanged(const at::Tensor& rows) {
  const auto views = rows.chunk(2);
  return at::cat({views[1], views[0]});
}

class Simclr : public TwoViews {
 public:
  Simclr(const nn::Encoder& encoder, const MethodSettings& settings)
      : TwoViews(encoder, settings, settings.recipe.projector_norm ? Norm::kAlways : Norm::kNever) {
  }

  at::Tensor forward(const at::Tensor& images) override { return project(images); }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    const auto views = outputs.chunk(2);
    return nt_xent(views[0], views[1], recipe_.tau);
  }
};

/// Encoder and projector whose weights follow those under training (an exponential moving average;
/// the "momentum encoder"). Batch statistics are its own but at the start, since it sees batches
/// too.
class FollowerImpl : public torch::nn::Module {
 public:
  FollowerImpl(const nn::Encoder& encoder, const torch::nn::Sequential& projector,
               const Recipe& recipe, Norm norm)
      : encoder_(register_module("encoder", nn::Encoder(encoder->config()))),
        projector_(
            register_module("projector", mlp(encoder->config().width, recipe.projector, norm))) {
    nn::copy_state(encoder, encoder_);
    encoder_->freeze(recipe.freeze);
    encoder_->split_batch_norm(recipe.bn_splits);
    std::vector<at::Tensor> leaders = encoder->parameters();
    for (const at::Tensor& weight : projector->parameters()) leaders.push_back(weight);
    const std::vector<at::Tensor> followers = parameters();  // the same parts in the same order
    for (std::size_t i = 0; i < followers.size(); ++i) {
      at::Tensor(followers[i]).set_requires_grad(false);
      if (!leaders[i].requires_grad()) continue;  // frozen, and equal
      leaders_.push_back(leaders[i]);
      followers_.push_back(followers[i]);
    }
    follow(0);
  }

  at::Tensor project(const at::Tensor& images) {
    const at::NoGradGuard no_grad;
    return projector_->forward(encoder_->forward(images));
  }

  /// Keeps this share of the weights and takes the rest from those under training.
  void follow(double keep) {
    const at::NoGradGuard no_grad;
    at::_foreach_mul_(followers_, keep);
    at::_foreach_add_(followers_, leaders_, 1 - keep);
  }

 private:
  nn::Encoder encoder_;
  torch::nn::Sequential projector_;
  std::vector<at::Tensor> leaders_, followers_;  ///< in the same order
};
TORCH_MODULE(Follower);

/// The share of the old weights at a step: from `ema` to `ema_end` along half a cosine.
double share(const Recipe& recipe, std::int64_t step, std::int64_t steps) {
  constexpr double kPi = 3.14159265358979323846;
  const double progress = static_cast<double>(step) / static_cast<double>(steps);
  return recipe.ema_end - (recipe.ema_end - recipe.ema) * (std::cos(kPi * progress) + 1) / 2;
}

class Moco : public TwoViews {
 public:
  Moco(const nn::Encoder& encoder, const MethodSettings& settings)
      : TwoViews(encoder, settings, Norm::kNever) {
    nn::Encoder(encoder)->split_batch_norm(recipe_.bn_splits);
    follower_ = register_module("follower", Follower(encoder, projector_, recipe_, Norm::kNever));
    queue_ = register_buffer("queue", random_rows(settings.seed));
  }

  at::Tensor forward(const at::Tensor& images) override {
    const at::Tensor queries = project(images);
    std::vector<at::Tensor> keys;
    for (const at::Tensor& view : images.chunk(2)) keys.push_back(keys_of(view));
    keys_ = at::cat(keys);
    return at::cat({queries, keys_});
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    const auto halves = outputs.chunk(2);
    return queue_contrast(halves[0], exchanged(halves[1]), queue_, recipe_.tau);
  }

  void after_step(std::int64_t step, std::int64_t steps) override {
    follower_->follow(share(recipe_, step, steps));
    enqueue(step);
  }

 private:
  at::Tensor random_rows(std::uint64_t seed) const {
    constexpr std::uint64_t kRecord = 1'000'000;  // beyond every parameter's
    Random random(seed + kHeadStream, Purpose::kInit, kRecord);
    at::Tensor rows = at::empty({recipe_.queue, recipe_.projector.back()});
    float* const values = rows.data_ptr<float>();
    for (std::int64_t i = 0; i < rows.numel(); ++i) values[i] = static_cast<float>(random.normal());
    return rows / rows.norm(2, /*dim=*/1, /*keepdim=*/true);
  }

  /// Keys of one view, whose images go through batch norm in other groups than queries: every
  /// bn_splits-th image instead of one run of images.
  at::Tensor keys_of(const at::Tensor& view) {
    const std::int64_t groups = std::min(recipe_.bn_splits, view.size(0));
    if (groups == 1) return follower_->project(view);
    std::vector<at::Tensor> dealt;
    for (std::int64_t i = 0; i < groups; ++i)
      dealt.push_back(view.slice(0, i, view.size(0), groups));
    const at::Tensor rows =
        follower_->project(at::cat(dealt).contiguous(at::MemoryFormat::ChannelsLast));
    at::Tensor back = at::empty_like(rows);
    std::int64_t at = 0;
    for (std::int64_t i = 0; i < groups; ++i) {
      const std::int64_t count = dealt[static_cast<std::size_t>(i)].size(0);
      back.slice(0, i, back.size(0), groups).copy_(rows.narrow(0, at, count));
      at += count;
    }
    return back;
  }

  /// Puts the step's keys in the place of the oldest ones.
  void enqueue(std::int64_t step) {
    const at::NoGradGuard no_grad;
    at::Tensor keys = keys_.to(at::kFloat);
    keys = keys / keys.norm(2, /*dim=*/1, /*keepdim=*/true).clamp_min(1e-12);
    const std::int64_t size = queue_.size(0);
    if (keys.size(0) > size) keys = keys.narrow(0, keys.size(0) - size, size);
    const std::int64_t count = keys.size(0);
    const std::int64_t at = step * count % size;
    const std::int64_t first = std::min(count, size - at);
    queue_.narrow(0, at, first).copy_(keys.narrow(0, 0, first));
    if (first < count)
      queue_.narrow(0, 0, count - first).copy_(keys.narrow(0, first, count - first));
  }

  Follower follower_{nullptr};
  at::Tensor queue_;  ///< unit rows; where the next keys go follows from the step
  at::Tensor keys_;   ///< of the last forward()
};

/// Minus the mean cosine of predictions [2N, D] with the projections of the other views.
at::Tensor agreement_loss(const at::Tensor& outputs) {
  const auto halves = outputs.chunk(2);
  return cosine(halves[0], exchanged(halves[1])) - 1;
}

class Byol : public TwoViews {
 public:
  Byol(const nn::Encoder& encoder, const MethodSettings& settings)
      : TwoViews(encoder, settings, Norm::kHidden) {
    predictor_ = register_module("predictor", predictor(recipe_, settings.seed));
    follower_ = register_module("follower", Follower(encoder, projector_, recipe_, Norm::kHidden));
  }

  /// Two layers and more, back to the projector's width.
  static torch::nn::Sequential predictor(const Recipe& recipe, std::uint64_t seed) {
    std::vector<std::int64_t> widths = recipe.predictor;
    widths.push_back(recipe.projector.back());
    torch::nn::Sequential layers = mlp(recipe.projector.back(), widths, Norm::kHidden);
    nn::initialize(*layers, seed + 2 * kHeadStream);
    return layers;
  }

  at::Tensor forward(const at::Tensor& images) override {
    std::vector<at::Tensor> rows;
    for (const at::Tensor& embedding : embed_views(images, 2))
      rows.push_back(predictor_->forward(projector_->forward(embedding)));
    for (const at::Tensor& view : images.chunk(2)) rows.push_back(follower_->project(view));
    return at::cat(rows);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    return agreement_loss(outputs) * recipe_.loss_scale;
  }

  void after_step(std::int64_t step, std::int64_t steps) override {
    follower_->follow(share(recipe_, step, steps));
  }

 private:
  torch::nn::Sequential predictor_{nullptr};
  Follower follower_{nullptr};
};

class SimSiam : public TwoViews {
 public:
  SimSiam(const nn::Encoder& encoder, const MethodSettings& settings)
      : TwoViews(encoder, settings,
                 settings.recipe.projection_weights ? Norm::kAlways : Norm::kUnweighted),
        predictor_(register_module("predictor", Byol::predictor(recipe_, settings.seed))) {}

  at::Tensor forward(const at::Tensor& images) override {
    std::vector<at::Tensor> predictions;
    std::vector<at::Tensor> projections;
    for (const at::Tensor& embedding : embed_views(images, 2)) {
      projections.push_back(projector_->forward(embedding));
      predictions.push_back(predictor_->forward(projections.back()));
      projections.back() = projections.back().detach();
    }
    predictions.insert(predictions.end(), projections.begin(), projections.end());
    return at::cat(predictions);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& /*targets*/) const override {
    return agreement_loss(outputs);
  }

 private:
  torch::nn::Sequential predictor_;
};

}  // namespace

torch::nn::Sequential mlp(std::int64_t in, const std::vector<std::int64_t>& widths, Norm norm) {
  torch::nn::Sequential layers;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool last = i + 1 == widths.size();
    layers->push_back(torch::nn::Linear(in, widths[i]));
    if (norm != Norm::kNever && !(norm == Norm::kHidden && last))
      layers->push_back(torch::nn::BatchNorm1d(
          torch::nn::BatchNorm1dOptions(widths[i]).affine(!(norm == Norm::kUnweighted && last))));
    if (!last) layers->push_back(torch::nn::ReLU());
    in = widths[i];
  }
  return layers;
}

std::shared_ptr<Method> make_classifier(const nn::Encoder& encoder, const MethodSettings& settings,
                                        CompareLogits compare) {
  return std::make_shared<Classifier>(encoder, settings, compare);
}

std::shared_ptr<Method> make_supervised(const nn::Encoder& encoder,
                                        const MethodSettings& settings) {
  return make_classifier(encoder, settings, truth_loss);
}

std::shared_ptr<Method> make_simclr(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Simclr>(encoder, settings);
}

std::shared_ptr<Method> make_moco(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Moco>(encoder, settings);
}

std::shared_ptr<Method> make_byol(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Byol>(encoder, settings);
}

std::shared_ptr<Method> make_simsiam(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<SimSiam>(encoder, settings);
}

}  // namespace cs::methods
