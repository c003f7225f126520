#include "victim/classifier.hpp"

#include <ATen/ATen.h>

#include <optional>
#include <utility>

#include "core/error.hpp"

namespace cs::victim {

Classifier::Classifier(const VictimOptions& options, std::string victim, const std::string& encoder)
    : victim_(std::move(victim)),
      kind_(options.answer),
      form_(options.posterior.value_or(PosteriorForm::kLogits)),
      file_(nn::load_head(options.head)) {
  const std::optional<std::string>& fitted_on = file_.about.encoder;
  if (fitted_on && *fitted_on != encoder)
    throw DataError(options.head.string(), "is a head of another encoder than " +
                                               printable(victim_) +
                                               "; fit one on that encoder's embeddings");
  file_.head.weight = file_.head.weight.to(options.device);
  file_.head.bias = file_.head.bias.to(options.device);
}

at::Tensor Classifier::answer(const at::Tensor& embeddings) const {
  const std::int64_t width = file_.head.weight.size(1);
  if (embeddings.size(1) != width)
    throw DataError(victim_, "answers with vectors of " + std::to_string(embeddings.size(1)) +
                                 " numbers, its head takes " + std::to_string(width) +
                                 "; fit a head on this encoder's embeddings");
  const at::Tensor logits = nn::logits(file_.head, embeddings);
  if (!at::isfinite(logits).all().item<bool>())
    throw DataError(victim_,
                    "and its head give logits that are not finite; fit a head on this encoder's "
                    "embeddings");
  if (kind_ == AnswerKind::kPrediction) return logits.argmax(1, /*keepdim=*/true).to(at::kFloat);
  return form_ == PosteriorForm::kSoftmax ? logits.softmax(1) : logits;
}

void Classifier::describe(answers::AnswerInfo& info) const {
  info.victim.head = file_.digest.hex();
  info.classes = file_.head.classes;
  if (kind_ == AnswerKind::kPosterior) info.posterior = form_;
}

}  // namespace cs::victim
