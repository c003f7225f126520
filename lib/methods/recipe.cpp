#include "methods/recipe.hpp"

#include "core/error.hpp"

namespace cs::methods {
namespace {

/// dkobak/simclr-cifar10.
Recipe dkobak() {
  Recipe r;
  r.name = "dkobak";
  r.lr = 0.06;
  r.lr_long = 0.03;
  r.lr_batch = 256;
  r.weight_decay = 5e-4;
  r.batch = 512;
  r.schedule = Schedule::kCosine;
  r.tau = 0.5;
  r.projector = {1024, 128};
  r.policy = "simclr-dkobak";
  return r;
}

/// What the CIFAR-10 benchmark of lightly-ai/lightly has in common.
Recipe lightly() {
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

/// What the CIFAR-10 recipes of vturrisi/solo-learn have in common.
Recipe solo() {
  Recipe r;
  r.name = "solo";
  r.lr_batch = 256;
  r.batch = 256;
  r.epochs = 1000;
  r.schedule = Schedule::kCosine;
  r.warmup = 10;
  r.policy = "simclr-lightly";  // of those there are, the nearest
  return r;
}

Recipe solo_lars(double lr, double weight_decay) {
  Recipe r = solo();
  r.optimizer = OptimizerKind::kLars;
  r.lr = lr;
  r.weight_decay = weight_decay;
  return r;
}

Recipe solo_sgd(double lr, double weight_decay) {
  Recipe r = solo();
  r.lr = lr;
  r.weight_decay = weight_decay;
  return r;
}

Recipe steal() {
  Recipe r;
  r.optimizer = OptimizerKind::kAdam;
  r.lr = 3e-4;
  r.surrogate_view = data::SurrogateView::kPlain;
  return r;
}

/// zeyangsha/Cont-Steal, as released.
Recipe cont_steal_released() {
  Recipe r = steal();
  r.batch = 32;
  return r;
}

}  // namespace

PosteriorLoss parse_posterior_loss(const std::string& text) {
  if (text == "mse") return PosteriorLoss::kMse;
  if (text == "kl") return PosteriorLoss::kKl;
  throw UsageError("`posterior-loss`", "'" + printable(text) + "' is none of mse|kl");
}

std::string to_string(PosteriorLoss loss) { return loss == PosteriorLoss::kKl ? "kl" : "mse"; }

Adapter parse_adapter(const std::string& text) {
  if (text == "none") return Adapter::kNone;
  if (text == "linear") return Adapter::kLinear;
  throw UsageError("`adapter`", "'" + printable(text) + "' is none of none|linear");
}

std::string to_string(Adapter adapter) { return adapter == Adapter::kLinear ? "linear" : "none"; }

double Recipe::learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const {
  const double base = epoch_count > 100 && lr_long > 0 ? lr_long : lr;
  if (lr_batch == 0) return base;
  return base * static_cast<double>(batch_size) / static_cast<double>(lr_batch);
}

std::vector<Recipe> supervised_recipes() {
  Recipe r;
  r.lr = 0.1;
  r.lr_batch = 128;
  r.weight_decay = 5e-4;
  r.batch = 128;
  r.schedule = Schedule::kCosine;
  r.policy = "crop-flip";
  return {r};
}

std::vector<Recipe> simclr_recipes() {
  Recipe from_lightly = lightly();
  from_lightly.projector = {512, 128};
  from_lightly.projector_norm = true;
  Recipe from_solo = solo_lars(0.4, 1e-4);
  from_solo.tau = 0.2;
  from_solo.projector = {2048, 256};
  return {dkobak(), from_lightly, from_solo};
}

std::vector<Recipe> moco_recipes() {
  Recipe from_lightly = lightly();
  from_lightly.tau = 0.1;
  from_lightly.projector = {512, 128};
  from_lightly.bn_splits = 8;
  Recipe from_solo = solo_sgd(0.3, 1e-4);
  from_solo.tau = 0.2;
  from_solo.projector = {2048, 256};
  from_solo.ema_end = 0.999;
  from_solo.queue = 32768;
  return {from_lightly, from_solo};
}

std::vector<Recipe> byol_recipes() {
  Recipe from_lightly = lightly();
  from_lightly.projector = {1024, 256};
  from_lightly.predictor = {1024};
  from_lightly.policy = "byol";
  Recipe from_solo = solo_lars(1.0, 1e-5);
  from_solo.projector = {4096, 256};
  from_solo.predictor = {4096};
  from_solo.ema_end = 1;
  from_solo.policy = "byol";
  from_solo.loss_scale = 4;  // it adds 2 - 2 sim in both directions instead of averaging -sim
  return {from_lightly, from_solo};
}

std::vector<Recipe> simsiam_recipes() {
  Recipe from_lightly = lightly();
  from_lightly.lr_batch = 0;
  from_lightly.batch = 128;
  from_lightly.policy = "simclr";
  from_lightly.projector = {2048, 2048};
  from_lightly.predictor = {512};
  Recipe from_solo = solo_sgd(0.5, 1e-5);
  from_solo.projector = {2048, 2048, 2048};
  from_solo.projection_weights = false;
  from_solo.predictor = {512};
  return {from_lightly, from_solo};
}

std::vector<Recipe> steal_recipes() { return {cont_steal_released()}; }

std::vector<Recipe> cont_steal_recipes() {
  Recipe r = steal();  // with its batch of 256: negatives are what a contrastive loss learns from
  r.policy = "cont-steal";
  r.surrogate_view = data::SurrogateView::kFresh;
  return {r};
}

std::vector<Recipe> cont_steal_code_recipes() {
  Recipe r = cont_steal_released();
  r.surrogate_view = data::SurrogateView::kSame;
  return {r};
}

std::vector<Recipe> infonce_recipes() {
  Recipe r = steal();
  r.tau = 0.07;
  r.weight_decay = 1e-4;
  return {r};
}

std::vector<Recipe> soft_nn_recipes() {
  Recipe r = steal();
  r.lr = 1e-3;
  r.weight_decay = 1e-4;
  r.tau = 100;
  return {r};
}

std::vector<Recipe> barlow_recipes() {
  Recipe r = steal();
  r.lr = 1e-3;
  r.weight_decay = 1e-4;
  r.surrogate_view = data::SurrogateView::kSame;
  return {r};
}

std::vector<Recipe> stolen_encoder_recipes() {
  Recipe r;
  r.lr = 1e-3;
  r.weight_decay = 5e-4;
  r.batch = 64;
  r.policy = "stolen-encoder";
  return {r};
}

std::vector<Recipe> rda_recipes() {
  Recipe r = steal();
  r.lr = 1e-3;
  r.weight_decay = 1e-4;
  r.batch = 100;
  r.tau = 0.07;
  r.policy = "rda";
  r.surrogate_view = data::SurrogateView::kFresh;
  r.views = 5;
  return {r};
}

}  // namespace cs::methods
