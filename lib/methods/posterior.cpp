/// posterior: the attack on a service that returns a classifier's output.

#include <ATen/ATen.h>

#include "methods/classifier.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

enum class PosteriorLoss {
  kMse,  ///< mse() of logits, or of probabilities if the victim gave those
  kKl,   ///< kl()
};
constexpr Words<PosteriorLoss, 2> kPosteriorLosses{
    "posterior-loss", {{{"mse", PosteriorLoss::kMse}, {"kl", PosteriorLoss::kKl}}}};

struct PosteriorSettings {
  PosteriorLoss loss = PosteriorLoss::kMse;
};

class Posterior : public Classifier {
 public:
  Posterior(const nn::Encoder& encoder, const MethodSetup& setup)
      : Classifier(encoder, setup),
        loss_(setup.recipe.settings<PosteriorSettings>().loss),
        softmax_(setup.softmax) {}

 protected:
  at::Tensor compare(const at::Tensor& logits, const Targets& targets) const override {
    const at::Tensor& t = targets.answers;
    if (loss_ == PosteriorLoss::kKl) return kl(logits, softmax_ ? t : t.softmax(1));
    return mse(softmax_ ? logits.softmax(1) : logits, t);
  }

 private:
  PosteriorLoss loss_;
  bool softmax_;  ///< answers are probabilities, not logits
};

Recipe posterior_recipe() {
  Recipe r = released_recipe();
  r.own = PosteriorSettings{};
  return r;
}

}  // namespace

MethodInfo posterior_method() {
  MethodInfo info;
  info.name = "posterior";
  info.summary = "distance of a classifier's output to the victim's posterior";
  info.answers = data::AnswerKind::kPosterior;
  info.recipes = {posterior_recipe()};
  info.loss_options = {word_option("posterior-loss",
                                   "How a posterior is compared with the victim's.",
                                   field(&PosteriorSettings::loss), kPosteriorLosses)};
  info.make = make<Posterior>;
  return info;
}

}  // namespace cs::methods
