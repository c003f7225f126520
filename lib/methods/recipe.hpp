/// Recipes: the settings that a method is run with, as its sources publish them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/loader.hpp"
#include "methods/losses.hpp"
#include "methods/optimization.hpp"

namespace cs::methods {

/// How the method `posterior` compares its classifier with the victim's.
enum class PosteriorLoss {
  kMse,  ///< mean squared distance of logits, or of probabilities if the victim gave those
  kKl,   ///< kl()
};

/// `mse`, `kl`; throws UsageError.
PosteriorLoss parse_posterior_loss(const std::string& text);
std::string to_string(PosteriorLoss loss);

/// What stands between a surrogate's embedding and a victim's of another width.
enum class Adapter {
  kNone,    ///< nothing: the surrogate's last layer has the victim's width
  kLinear,  ///< a linear layer, trained along
};

/// `none`, `linear`; throws UsageError.
Adapter parse_adapter(const std::string& text);
std::string to_string(Adapter adapter);

/// Every field but the name, loss_scale, projector_norm and projection_weights has an option
/// (methods/recipe_options.hpp); --lr replaces the three that make the rate.
struct Recipe {
  std::string name;  ///< whose it is, where a method has several: "dkobak"
  OptimizerKind optimizer = OptimizerKind::kSgd;
  double lr = 0.1;            ///< per `lr_batch` records of a batch
  double lr_long = 0;         ///< instead of `lr` for over 100 epochs; 0 = the same
  std::int64_t lr_batch = 0;  ///< lr grows in proportion: lr * batch / lr_batch; 0 = not scaled
  double momentum = 0.9;      ///< SGD and LARS
  double weight_decay = 0;
  double clip = 0;  ///< largest norm of all gradients together; 0 = any
  std::int64_t batch = 256;
  std::int64_t epochs = 100;
  Schedule schedule = Schedule::kConstant;
  std::int64_t warmup = 0;  ///< epochs
  double tau = 0.5;
  ContStealTerms terms;
  PosteriorLoss posterior_loss = PosteriorLoss::kMse;
  std::vector<std::int64_t> projector;  ///< widths of its layers, behind the encoder
  std::vector<std::int64_t> predictor;  ///< of its hidden layers, behind the projector
  double ema = 0.99;                    ///< of the weights that follow: their share of the old
  double ema_end = 0.99;                ///< in the last step, along half a cosine
  std::int64_t queue = 4096;            ///< keys of MoCo
  std::int64_t bn_splits = 1;           ///< groups that batch norm splits a batch into (MoCo)
  double loss_scale = 1;                ///< factor of byol's loss
  bool projector_norm = false;          ///< simclr: batch norm behind the projector's layers
  bool projection_weights = true;       ///< simsiam: the projector's last batch norm has weights
  std::string policy = "plain";         ///< of fresh views
  data::SurrogateView surrogate_view = data::SurrogateView::kFresh;
  data::VictimView victim_view = data::VictimView::kRandom;
  std::int64_t views = 1;   ///< fresh ones of each record and step (rda, stolen-encoder)
  double view_weight = 20;  ///< lambda of stolen-encoder
  Adapter adapter = Adapter::kNone;
  bool keep_adapter = false;    ///< the adapter becomes the encoder's last layer
  std::string freeze = "none";  ///< as nn::EncoderImpl::freeze() takes it

  /// The learning rate that the recipe gives a run of `epoch_count` epochs at `batch_size`.
  double learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const;
};

/// The recipes of each method, the default one first. cs-train(1) lists their numbers.
std::vector<Recipe> supervised_recipes();
std::vector<Recipe> simclr_recipes();  ///< dkobak, lightly, solo
std::vector<Recipe> moco_recipes();    ///< lightly, solo, as are the next two
std::vector<Recipe> byol_recipes();
std::vector<Recipe> simsiam_recipes();
std::vector<Recipe> steal_recipes();  ///< Adam at 3e-4 on the images that the victim answered
std::vector<Recipe> cont_steal_recipes();
std::vector<Recipe> cont_steal_code_recipes();
std::vector<Recipe> infonce_recipes();
std::vector<Recipe> soft_nn_recipes();
std::vector<Recipe> barlow_recipes();
std::vector<Recipe> stolen_encoder_recipes();
std::vector<Recipe> rda_recipes();

}  // namespace cs::methods
