#include "methods/method.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "core/error.hpp"

namespace cs::methods {
namespace {

void check_widths(const MethodInfo& info, std::int64_t width, const MethodSetup& setup) {
  if (setup.answer_width < 1)
    throw DataError(info.name, "needs a victim's embeddings; make them with cs-query");
  if (width == setup.answer_width || setup.recipe.adapter != Adapter::kNone) return;
  throw UsageError(info.name, "the surrogate's embeddings are " + std::to_string(width) +
                                  " wide, the victim's " + std::to_string(setup.answer_width) +
                                  "; put a layer between them with `adapter` linear");
}

void check(const MethodInfo& info, const nn::Encoder& encoder, const MethodSetup& setup) {
  if (info.classifies() && setup.classes < 2)
    throw DataError(info.name, std::string(info.needs_labels ? "needs images with labels of"
                                                             : "needs answers that tell apart") +
                                   " at least two classes, the set has " +
                                   std::to_string(setup.classes));
  if (info.imitates()) check_widths(info, encoder->config().width, setup);
}

}  // namespace

Method::Method(nn::Encoder encoder) : encoder_(register_module("encoder", std::move(encoder))) {}

void Method::check_batch(std::int64_t batch) const {
  if (batch < 2)
    throw UsageError("`batch`", "a batch of 1 cannot be normalized; take 2 records or more");
}

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

std::shared_ptr<Method> make_method(const MethodInfo& info, const nn::Encoder& encoder,
                                    const MethodSetup& setup) {
  check(info, encoder, setup);
  return info.make(encoder, setup);
}

}  // namespace cs::methods
