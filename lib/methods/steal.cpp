#include "methods/steal.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include <utility>

#include "methods/pretrain.hpp"

namespace cs::methods {
namespace {

at::Tensor prediction_loss(const at::Tensor& logits, const Targets& targets,
                           const MethodSettings& /*settings*/) {
  return at::cross_entropy_loss(logits, targets.answers);
}

at::Tensor posterior_loss(const at::Tensor& logits, const Targets& targets,
                          const MethodSettings& settings) {
  const at::Tensor& t = targets.answers;
  if (settings.recipe.posterior_loss == PosteriorLoss::kKl)
    return kl(logits, settings.softmax ? t : t.softmax(1));
  return mse(settings.softmax ? logits.softmax(1) : logits, t);
}

/// A surrogate whose embeddings, through an adapter if there is one, are compared with the victim's
/// answers.
class Steal : public Method {
 public:
  /// Of embeddings [views * batch, width], by view, with answers.
  using Loss = at::Tensor (*)(const at::Tensor& surrogate, const at::Tensor& victim,
                              const Recipe& recipe);

  Steal(const nn::Encoder& encoder, const MethodSettings& settings, Loss compare,
        std::int64_t batches)
      : Method(encoder), recipe_(settings.recipe), compare_(compare), batches_(batches) {
    if (recipe_.adapter == Adapter::kNone) return;
    const auto width = encoder->config().width;
    adapter_ = register_module("adapter", torch::nn::Linear(width, settings.answer_width));
    nn::initialize(*adapter_, settings.seed + kHeadStream);
  }

  at::Tensor forward(const at::Tensor& images) override {
    const at::Tensor rows = at::cat(embed_views(images, batches_));
    return adapter_.is_empty() ? rows : adapter_->forward(rows);
  }

  at::Tensor loss(const at::Tensor& outputs, const Targets& targets) const override {
    return compare_(outputs, targets.answers, recipe_);
  }

  nn::Encoder result() const override {
    if (!recipe_.keep_adapter) return encoder();
    return nn::with_linear(encoder(), adapter_->weight, adapter_->bias);
  }

 private:
  Recipe recipe_;
  Loss compare_;
  std::int64_t batches_;  ///< that forward() cuts a step's images into
  mutable torch::nn::Linear adapter_{nullptr};
};

at::Tensor mse_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& /*recipe*/) {
  return mse(s, t);
}

at::Tensor cosine_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& /*recipe*/) {
  return cosine(s, t);
}

at::Tensor cont_steal_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& recipe) {
  return cont_steal(s, t, recipe.tau, recipe.terms);
}

at::Tensor nt_xent_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& recipe) {
  return nt_xent(s, t, recipe.tau);
}

at::Tensor soft_nn_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& recipe) {
  return soft_nn(s, t, recipe.tau);
}

at::Tensor barlow_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& /*recipe*/) {
  const auto surrogate = s.to(at::kFloat).chunk(2);
  const auto victim = t.chunk(2);
  return barlow(at::cat({surrogate[0], victim[0]}), at::cat({surrogate[1], victim[1]}));
}

at::Tensor stolen_encoder_loss(const at::Tensor& s, const at::Tensor& t, const Recipe& recipe) {
  const auto views = s.chunk(1 + recipe.views);
  at::Tensor of_views = at::zeros({}, t.options());
  for (std::size_t i = 1; i < views.size(); ++i) of_views = of_views + unit_distance(views[i], t);
  const double weight = recipe.view_weight / static_cast<double>(recipe.views);
  return unit_distance(views[0], t) + weight * of_views;
}

at::Tensor rda_loss(const at::Tensor& s, const at::Tensor& prototypes, const Recipe& recipe) {
  at::Tensor sum = at::zeros({}, prototypes.options());
  for (const at::Tensor& view : s.chunk(recipe.views))
    sum = sum + rda(view, prototypes, recipe.tau);
  return sum / recipe.views;
}

/// All images of a step in one batch.
template <Steal::Loss kLoss>
std::shared_ptr<Method> steal(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Steal>(encoder, settings, kLoss, 1);
}

}  // namespace

std::shared_ptr<Method> make_label(const nn::Encoder& encoder, const MethodSettings& settings) {
  return make_classifier(encoder, settings, prediction_loss);
}

std::shared_ptr<Method> make_posterior(const nn::Encoder& encoder, const MethodSettings& settings) {
  return make_classifier(encoder, settings, posterior_loss);
}

std::shared_ptr<Method> make_mse(const nn::Encoder& encoder, const MethodSettings& settings) {
  return steal<mse_loss>(encoder, settings);
}

std::shared_ptr<Method> make_cosine(const nn::Encoder& encoder, const MethodSettings& settings) {
  return steal<cosine_loss>(encoder, settings);
}

std::shared_ptr<Method> make_cont_steal(const nn::Encoder& encoder,
                                        const MethodSettings& settings) {
  return steal<cont_steal_loss>(encoder, settings);
}

std::shared_ptr<Method> make_nt_xent(const nn::Encoder& encoder, const MethodSettings& settings) {
  return steal<nt_xent_loss>(encoder, settings);
}

std::shared_ptr<Method> make_soft_nn(const nn::Encoder& encoder, const MethodSettings& settings) {
  return steal<soft_nn_loss>(encoder, settings);
}

std::shared_ptr<Method> make_barlow(const nn::Encoder& encoder, const MethodSettings& settings) {
  return std::make_shared<Steal>(encoder, settings, barlow_loss, 2);
}

std::shared_ptr<Method> make_stolen_encoder(const nn::Encoder& encoder,
                                            const MethodSettings& settings) {
  return std::make_shared<Steal>(encoder, settings, stolen_encoder_loss, 1 + settings.recipe.views);
}

std::shared_ptr<Method> make_rda(const nn::Encoder& encoder, const MethodSettings& settings) {
  return steal<rda_loss>(encoder, settings);
}

}  // namespace cs::methods
