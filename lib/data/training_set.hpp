/// What a training method sees: images, perhaps a victim's answers to them, perhaps labels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "answers/kind.hpp"
#include "core/hash.hpp"
#include "store/dataset.hpp"

namespace cs::data {

/// All records of the inputs, in memory on the CPU but for encoded images, which stay in their
/// dataset and are decoded when they are needed. `records` is the number of *originals*; with
/// answers to K stored views of each, rows i*K .. i*K+K-1 of `answers` belong to original i.
struct TrainingSet {
  at::Tensor images;  ///< u8 [records or records*K, height, width, 3], RGB; undefined if encoded
  const store::Dataset* encoded = nullptr;  ///< the dataset of encoded images, else null
  /// f32 [records*K, width], of predictions i64 [records*K]; undefined without answers.
  at::Tensor answers;
  at::Tensor labels;  ///< i64 [records], ground truth; defined only if it was asked for
  std::int64_t records = 0;
  std::uint64_t first = 0;                  ///< id of the first original
  std::int64_t answers_per_record = 1;      ///< K
  bool images_are_views = false;            ///< also true where K is 1
  bool images_were_answered = false;        ///< `answers` are to these very images
  std::vector<std::string> classes;         ///< names of the labels' classes, empty if unlabeled
  std::vector<std::string> answer_classes;  ///< what posteriors and predictions tell apart
  bool softmax = false;                     ///< posteriors are probabilities, not logits
  std::vector<Digest> fingerprints;         ///< of the inputs, images first
};

enum class Labels : bool { kIgnore, kRead };

/// What a victim gave away: embeddings, posteriors or predictions.
using answers::AnswerKind;

/// The image set alone. Here and below `images`, if encoded, must outlive the set.
TrainingSet load_training_set(const store::Dataset& images, Labels labels);

/// The image set and, joined to it by position, a victim's answers of this kind; no ground truth is
/// read. The answers must be to exactly these images, or to stored views of exactly these
/// originals: else DataError naming both, as if they are of another kind.
TrainingSet load_training_set(const store::Dataset& images, const store::Dataset& answers,
                              AnswerKind kind);

}  // namespace cs::data
