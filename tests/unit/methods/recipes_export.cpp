// Prints the recipes of every method as JSON lines, for recipes_reference.py to hold against the
// tables of the manual page.

#include <iostream>

#include "core/json.hpp"
#include "methods/method.hpp"

int main() {
  namespace methods = cs::methods;
  for (const methods::MethodInfo& info : methods::methods()) {
    for (const methods::Recipe& r : info.recipes) {
      const bool chooses = info.answers && info.views == methods::Views::kOne;
      const cs::Json line = {{"method", info.name},
                             {"recipe", r.name},
                             {"first", &r == &info.recipes.front()},
                             {"optimizer", methods::to_string(r.optimizer)},
                             {"lr", r.lr},
                             {"lr_batch", r.lr_batch},
                             {"lr_long", r.lr_long},
                             {"decay", r.weight_decay},
                             {"batch", r.batch},
                             {"epochs", r.epochs},
                             {"warmup", r.warmup},
                             {"tau", info.uses_tau ? cs::Json(r.tau) : cs::Json()},
                             {"view", chooses || info.views == methods::Views::kAnsweredPair
                                          ? cs::data::to_string(r.surrogate_view)
                                          : r.policy},
                             {"policy", r.policy},
                             {"projector", r.projector},
                             {"predictor", r.predictor},
                             {"ema", {r.ema, r.ema_end}}};
      std::cout << cs::to_line(line) << '\n';
    }
  }
}
