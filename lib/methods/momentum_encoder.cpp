#include "methods/momentum_encoder.hpp"

#include <ATen/ATen.h>

#include <cmath>

namespace cs::methods {

double EmaDecay::at(std::int64_t step, std::int64_t steps) const {
  constexpr double kPi = 3.14159265358979323846;
  const double progress = static_cast<double>(step) / static_cast<double>(steps);
  return end - (end - start) * (std::cos(kPi * progress) + 1) / 2;
}

std::vector<RecipeOption> ema_options(const Field<EmaDecay>& decay) {
  const Field<double> start = [decay](Recipe& recipe) -> double& { return decay(recipe).start; };
  const Field<double> end = [decay](Recipe& recipe) -> double& { return decay(recipe).end; };
  RecipeOption both =
      number_option("ema", "EMA decay of the momentum encoder or target network.", start, 0, 1);
  both.apply = [set = both.apply, decay](Recipe& recipe, const std::string& text) {
    set(recipe, text);
    decay(recipe).end = decay(recipe).start;
  };
  return {both,
          number_option("ema-end", "EMA decay in the last step, approached along half a cosine.",
                        end, 0, 1)};
}

MomentumEncoderImpl::MomentumEncoderImpl(const nn::Encoder& encoder,
                                         const torch::nn::Sequential& projector,
                                         const Widths& widths, Norm norm, const std::string& freeze)
    : encoder_(register_module("encoder", nn::make_encoder(encoder->config()))),
      projector_(
          register_module("projector", uninitialized_mlp(encoder->config().width, widths, norm))) {
  nn::copy_state(encoder, encoder_);
  encoder_->freeze(freeze);
  std::vector<at::Tensor> trained = encoder->parameters();
  for (const at::Tensor& weight : projector->parameters()) trained.push_back(weight);
  const std::vector<at::Tensor> averages = parameters();  // the same parts in the same order
  for (std::size_t i = 0; i < averages.size(); ++i) {
    at::Tensor(averages[i]).set_requires_grad(false);
    if (!trained[i].requires_grad()) continue;  // frozen, and equal
    trained_.push_back(trained[i]);
    averages_.push_back(averages[i]);
  }
  update(0);
}

at::Tensor MomentumEncoderImpl::project(const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  return projector_->forward(encoder_->forward(images));
}

void MomentumEncoderImpl::update(double decay) {
  const at::NoGradGuard no_grad;
  at::_foreach_mul_(averages_, decay);
  at::_foreach_add_(averages_, trained_, 1 - decay);
}

}  // namespace cs::methods
