#include "methods/method.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "core/error.hpp"
#include "methods/pretrain.hpp"
#include "methods/steal.hpp"

namespace cs::methods {
namespace {

std::vector<MethodInfo> make_table() {
  constexpr auto kPretrain = MethodKind::kPretrain;
  constexpr auto kSteal = MethodKind::kSteal;
  constexpr auto kLabel = data::AnswerKind::kPrediction;
  constexpr auto kPosterior = data::AnswerKind::kPosterior;
  constexpr auto kEmbedding = data::AnswerKind::kEmbedding;
  constexpr auto kNone = std::nullopt;
  // name, summary, kind, labels, answers, tau, views, recipes, make
  return {
      {"supervised", "cross-entropy of a linear classifier with ground truth", kPretrain, true,
       kNone, false, Views::kOne, supervised_recipes(), make_supervised},
      {"simclr", "NT-Xent between two views of each image", kPretrain, false, kNone, true,
       Views::kPair, simclr_recipes(), make_simclr},
      {"moco", "MoCo v2, a queue of keys from slower weights", kPretrain, false, kNone, true,
       Views::kPair, moco_recipes(), make_moco},
      {"byol", "predicts what slower weights make of the other view", kPretrain, false, kNone,
       false, Views::kPair, byol_recipes(), make_byol},
      {"simsiam", "predicts what the same weights make of the other view", kPretrain, false, kNone,
       false, Views::kPair, simsiam_recipes(), make_simsiam},
      {"label", "cross-entropy of a classifier with the victim's labels", kSteal, false, kLabel,
       false, Views::kOne, steal_recipes(), make_label},
      {"posterior", "distance of a classifier's output to the victim's posterior", kSteal, false,
       kPosterior, false, Views::kOne, steal_recipes(), make_posterior},
      {"mse", "mean squared distance to the victim's embedding", kSteal, false, kEmbedding, false,
       Views::kOne, steal_recipes(), make_mse},
      {"cosine", "one minus the cosine to the victim's embedding", kSteal, false, kEmbedding, false,
       Views::kOne, steal_recipes(), make_cosine},
      {"cont-steal", "Cont-Steal, contrastive loss of the paper", kSteal, false, kEmbedding, true,
       Views::kOne, cont_steal_recipes(), make_cont_steal},
      {"cont-steal-code", "Cont-Steal, symmetric loss of the released code", kSteal, false,
       kEmbedding, true, Views::kOne, cont_steal_code_recipes(), make_nt_xent},
      {"infonce", "symmetric contrastive loss at a low temperature", kSteal, false, kEmbedding,
       true, Views::kOne, infonce_recipes(), make_nt_xent},
      {"softnn", "soft nearest neighbors among raw embeddings", kSteal, false, kEmbedding, true,
       Views::kOne, soft_nn_recipes(), make_soft_nn},
      {"barlow", "Barlow Twins between two answered views", kSteal, false, kEmbedding, false,
       Views::kAnsweredPair, barlow_recipes(), make_barlow},
      {"stolen-encoder", "StolenEncoder, distance of an image and its views", kSteal, false,
       kEmbedding, false, Views::kPlainAndFresh, stolen_encoder_recipes(), make_stolen_encoder},
      {"rda", "RDA, contrast and alignment with mean answers", kSteal, false, kEmbedding, true,
       Views::kFresh, rda_recipes(), make_rda},
  };
}

void check_widths(const MethodInfo& info, std::int64_t width, const MethodSettings& settings) {
  if (settings.answer_width < 1)
    throw DataError(info.name, "needs a victim's embeddings; make them with cs-query");
  if (width == settings.answer_width || settings.recipe.adapter != Adapter::kNone) return;
  throw UsageError(info.name, "the surrogate's embeddings are " + std::to_string(width) +
                                  " wide, the victim's " + std::to_string(settings.answer_width) +
                                  "; put a layer between them with `adapter` linear");
}

void check(const MethodInfo& info, const nn::Encoder& encoder, const MethodSettings& settings) {
  if (info.classifies() && settings.classes < 2)
    throw DataError(info.name, std::string(info.needs_labels ? "needs images with labels of"
                                                             : "needs answers that tell apart") +
                                   " at least two classes, the set has " +
                                   std::to_string(settings.classes));
  if (info.imitates()) check_widths(info, encoder->config().width, settings);
}

}  // namespace

Method::Method(nn::Encoder encoder) : encoder_(register_module("encoder", std::move(encoder))) {}

at::Tensor Method::embed(const at::Tensor& images) {
  at::Tensor embedding = encoder_->forward(images);
  embedding_ = embedding.detach();
  return embedding;
}

std::vector<at::Tensor> Method::embed_views(const at::Tensor& images, std::int64_t count) {
  std::vector<at::Tensor> embeddings;
  for (const at::Tensor& view : images.chunk(count)) embeddings.push_back(embed(view));
  return embeddings;
}

at::Tensor Method::spread() const {
  const at::NoGradGuard no_grad;
  const at::Tensor centered = embedding_ - embedding_.mean(0, /*keepdim=*/true);
  return centered.square().sum() / embedding_.square().sum().clamp_min(1e-30);
}

std::int64_t MethodInfo::images(const Recipe& recipe) const {
  switch (views) {
    case Views::kPair:
    case Views::kAnsweredPair:
      return 2;
    case Views::kFresh:
      return recipe.views;
    case Views::kPlainAndFresh:
      return 1 + recipe.views;
    default:
      return 1;
  }
}

const Recipe& MethodInfo::recipe(const std::string& wanted) const {
  if (wanted.empty()) return recipes.front();
  if (recipes.size() == 1)
    throw UsageError("`recipe`", name + " has one recipe only; leave it out");
  std::string words;
  for (const Recipe& each : recipes) {
    if (each.name == wanted) return each;
    words += (words.empty() ? "" : ", ") + each.name;
  }
  throw UsageError("`recipe`",
                   "'" + printable(wanted) + "' is none of " + name + "'s; use one of " + words);
}

const std::vector<MethodInfo>& methods() {
  static const std::vector<MethodInfo> kTable = make_table();
  return kTable;
}

std::string summaries() {
  std::string text;
  for (const auto& info : methods())
    text += (text.empty() ? "" : "; ") + info.name + ": " + info.summary;
  return text + ".";
}

const MethodInfo& find_method(const std::string& name) {
  std::string names;
  for (const auto& info : methods()) {
    if (info.name == name) return info;
    names += (names.empty() ? "" : ", ") + info.name;
  }
  throw UsageError(name, "there is no such method; use one of " + names);
}

std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSettings& settings) {
  check(info, encoder, settings);
  return info.make(encoder, settings);
}

}  // namespace cs::methods
