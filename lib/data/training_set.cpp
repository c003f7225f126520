#include "data/training_set.hpp"

#include "answers/info.hpp"
#include "core/error.hpp"
#include "data/tensors.hpp"
#include "records/images.hpp"

namespace cs::data {
namespace {

/// The K of "K stored views of each record"; 1 for a set of originals.
std::int64_t views_of(const store::Header& header) {
  return header.views == 0 ? 1 : static_cast<std::int64_t>(header.views);
}

TrainingSet load_images(const store::Dataset& images) {
  TrainingSet set;
  const std::int64_t images_per_record = views_of(images.header());
  set.images_are_views = images.header().views > 0;
  set.records = static_cast<std::int64_t>(images.count()) / images_per_record;
  set.first = images.header().first / static_cast<std::uint64_t>(images_per_record);
  set.fingerprints.push_back(images.header().fingerprint);
  if (set.records == 0) throw DataError(images.name(), "holds no record to train on");
  if (records::is_encoded(images))
    set.encoded = &images;
  else
    set.images = read_images(images);
  return set;
}

/// Whether the posteriors are probabilities.
bool is_softmax(const store::Dataset& dataset, const answers::AnswerInfo& info) {
  if (!info.posterior)
    throw DataError(dataset.name(), "does not say whether its posteriors are logits or softmax");
  return *info.posterior == answers::PosteriorForm::kSoftmax;
}

}  // namespace

TrainingSet load_training_set(const store::Dataset& images, Labels labels) {
  if (labels == Labels::kRead && images.header().views > 0)
    throw DataError(images.name(), "holds views; train with labels on the originals");
  TrainingSet set = load_images(images);
  set.classes = images.header().classes;
  if (labels == Labels::kRead) set.labels = read_labels(images);
  return set;
}

TrainingSet load_training_set(const store::Dataset& images, const store::Dataset& answers,
                              AnswerKind kind) {
  const bool to_images = answers.answers_to(images);
  if (!to_images && !answers.views_of(images))
    throw DataError(answers.name(), "does not answer the images of " + printable(images.name()) +
                                        " nor views of them; query those images");
  answers.require(answers::column_of(kind));
  TrainingSet set = load_images(images);
  set.images_were_answered = to_images;
  set.answers_per_record = views_of(answers.header());
  set.fingerprints.push_back(answers.header().fingerprint);
  if (kind == AnswerKind::kPrediction)
    set.answers = read_predictions(answers, set.answer_classes);
  else
    set.answers = read_vectors(answers, answers::column_of(kind));
  if (kind == AnswerKind::kPosterior) {
    const answers::AnswerInfo info = answers::info_of(answers);
    set.answer_classes = info.classes;
    set.softmax = is_softmax(answers, info);
  }
  return set;
}

}  // namespace cs::data
