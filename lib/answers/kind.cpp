#include "answers/kind.hpp"

namespace cs::answers {

store::Column column_of(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kPosterior:
      return store::Column::kPosterior;
    case AnswerKind::kPrediction:
      return store::Column::kPrediction;
    default:
      return store::Column::kEmbedding;
  }
}

}  // namespace cs::answers
