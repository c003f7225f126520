/// What a victim answers with.
#pragma once

#include <cstdint>

#include "core/words.hpp"
#include "store/format.hpp"

namespace cs::answers {

/// Part of the cache's format on disk: never change the values.
enum class AnswerKind : std::uint8_t {
  kEmbedding = 1,
  kPosterior = 2,   ///< the output of a classifier on the embedding
  kPrediction = 3,  ///< the class for which that is largest
};

/// The words of options.
inline constexpr Words<AnswerKind, 3> kAnswerKinds{"answer",
                                                   {{{"embedding", AnswerKind::kEmbedding},
                                                     {"posterior", AnswerKind::kPosterior},
                                                     {"label", AnswerKind::kPrediction}}}};

/// The column of a shard in which such answers stand.
store::Column column_of(AnswerKind kind);

/// What the numbers of a posterior are.
enum class PosteriorForm : std::uint8_t {
  kLogits,   ///< the classifier's output
  kSoftmax,  ///< as probabilities
};

/// The words of options and headers.
inline constexpr Words<PosteriorForm, 2> kPosteriorForms{
    "posterior", {{{"logits", PosteriorForm::kLogits}, {"softmax", PosteriorForm::kSoftmax}}}};

}  // namespace cs::answers
