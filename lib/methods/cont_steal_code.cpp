/// cont-steal-code: Cont-Steal as its authors released it (zeyangsha/Cont-Steal), NT-Xent between
/// the surrogate's and the victim's embeddings of the very images that the victim answered.

#include "methods/imitation.hpp"
#include "methods/losses.hpp"

namespace cs::methods {
namespace {

Recipe cont_steal_code_recipe() {
  Recipe r = released_recipe();
  r.surrogate_view = data::SurrogateView::kSame;
  r.own = TemperatureSettings{0.5};
  return r;
}

}  // namespace

MethodInfo cont_steal_code_method() {
  MethodInfo info;
  info.name = "cont-steal-code";
  info.summary = "Cont-Steal, symmetric loss of the released code";
  info.answers = data::AnswerKind::kEmbedding;
  info.recipes = {cont_steal_code_recipe()};
  info.loss_options = {temperature_option(field(&TemperatureSettings::temperature))};
  info.make = make<AtTemperature<nt_xent>>;
  return info;
}

}  // namespace cs::methods
