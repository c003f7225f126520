#include "methods/recipe.hpp"

namespace cs::methods {

double Recipe::learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const {
  const double base = epoch_count > 100 && lr_long > 0 ? lr_long : lr;
  if (lr_batch == 0) return base;
  return base * static_cast<double>(batch_size) / static_cast<double>(lr_batch);
}

Recipe lightly_recipe() {
  Recipe r;
  r.name = "lightly";
  r.lr = 0.06;
  r.lr_batch = 128;
  r.weight_decay = 5e-4;
  r.batch = 512;
  r.epochs = 200;
  r.schedule = Schedule::kCosine;
  r.policy = "simclr-lightly";
  return r;
}

Recipe solo_recipe(OptimizerKind optimizer, double lr, double weight_decay) {
  Recipe r;
  r.name = "solo";
  r.optimizer = optimizer;
  r.lr = lr;
  r.lr_batch = 256;
  r.weight_decay = weight_decay;
  r.batch = 256;
  r.epochs = 1000;
  r.schedule = Schedule::kCosine;
  r.warmup = 10;
  r.policy = "simclr-lightly";  // of the policies there are, the nearest
  return r;
}

Recipe attack_recipe(double lr, double weight_decay) {
  Recipe r;
  r.optimizer = OptimizerKind::kAdam;
  r.lr = lr;
  r.weight_decay = weight_decay;
  r.surrogate_view = data::SurrogateView::kPlain;
  return r;
}

Recipe released_recipe() {
  Recipe r = attack_recipe(3e-4, 0);
  r.batch = 32;
  return r;
}

}  // namespace cs::methods
