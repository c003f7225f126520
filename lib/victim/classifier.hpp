/// The linear classifier that makes posteriors and predictions of a victim's embeddings.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "answers/info.hpp"
#include "nn/head_file.hpp"
#include "victim/options.hpp"

namespace cs::victim {

class Classifier {
 public:
  /// Opens the head that `options` names. Throws DataError if it was fitted on another encoder than
  /// the file with the digest `encoder`, which messages call `victim`.
  Classifier(const VictimOptions& options, std::string victim, const std::string& encoder);

  /// Embeddings [N, width] on the options' device to posteriors [N, classes] or predictions [N, 1].
  /// Throws DataError if the head takes vectors of another width, or gives a logit that is not
  /// finite.
  at::Tensor answer(const at::Tensor& embeddings) const;

  /// States head, classes and the form of posteriors.
  void describe(answers::AnswerInfo& info) const;

 private:
  std::string victim_;
  AnswerKind kind_;
  PosteriorForm form_;
  nn::HeadFile file_;
};

}  // namespace cs::victim
