/// Recipes: the settings that a method is run with, as its sources publish them.
#pragma once

#include <any>
#include <cstdint>
#include <string>

#include "core/words.hpp"
#include "data/loader.hpp"
#include "methods/optimization.hpp"

namespace cs::methods {

/// The layer between a surrogate's embedding and a victim's of another width.
enum class Adapter {
  kNone,    ///< none: a new surrogate's embedding has the victim's width
  kLinear,  ///< a linear layer, trained with the surrogate
};
constexpr Words<Adapter, 2> kAdapters{"adapter",
                                      {{{"none", Adapter::kNone}, {"linear", Adapter::kLinear}}}};

/// What all methods have in common, and the settings of one method alone. Every member but `name`
/// has an option (methods/recipe_options.hpp), and so have those members of `own` that the method
/// lists; that of the learning rate replaces lr, lr_long and lr_batch together.
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
  std::int64_t warmup = 0;       ///< epochs
  std::string policy = "plain";  ///< of fresh views
  data::SurrogateView surrogate_view = data::SurrogateView::kFresh;
  data::VictimView victim_view = data::VictimView::kRandom;
  std::int64_t views = 1;  ///< fresh ones of each record and step, where a method counts them
  Adapter adapter = Adapter::kNone;
  bool keep_adapter = false;    ///< the adapter becomes the encoder's last layer
  std::string freeze = "none";  ///< as nn::EncoderImpl::freeze() takes it
  std::any own;                 ///< the method's own settings; empty if it has none

  /// The method's own settings, of the type that its file gives them; std::bad_any_cast if they are
  /// of another, which is a programming error.
  template <typename Settings>
  const Settings& settings() const {
    return std::any_cast<const Settings&>(own);
  }

  /// The learning rate that the recipe gives a run of `epoch_count` epochs at `batch_size`.
  double learning_rate(std::int64_t epoch_count, std::int64_t batch_size) const;
};

// What several methods' recipes start from.

/// The CIFAR-10 benchmark of lightly-ai/lightly.
Recipe lightly_recipe();
/// The CIFAR-10 recipes of vturrisi/solo-learn.
Recipe solo_recipe(OptimizerKind optimizer, double lr, double weight_decay);
/// Adam on the originals, unchanged, in batches of 256.
Recipe attack_recipe(double lr, double weight_decay);
/// zeyangsha/Cont-Steal as released: attack_recipe() at 3e-4, in batches of 32.
Recipe released_recipe();

}  // namespace cs::methods
