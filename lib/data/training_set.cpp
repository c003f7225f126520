#include "data/training_set.hpp"

#include "core/error.hpp"
#include "data/tensors.hpp"

namespace cs::data {
namespace {

/// The K of "K stored views of each record"; 1 for a set of originals.
std::int64_t views_of(const store::Header& header) {
  return header.views == 0 ? 1 : static_cast<std::int64_t>(header.views);
}

void join_answers(TrainingSet& set, const store::Dataset& images, const store::Dataset& answers) {
  const bool to_images = answers.answers_to(images);
  if (!to_images && !answers.views_of(images))
    throw DataError(answers.name(), "does not answer the images of " + printable(images.name()) +
                                        " nor views of them; query those images");
  set.images_were_answered = to_images;
  set.answers_per_record = views_of(answers.header());
  set.answers = read_vectors(answers, store::Column::kEmbedding);
  set.fingerprints.push_back(answers.header().fingerprint);
}

}  // namespace

TrainingSet load_training_set(const store::Dataset& images, const store::Dataset* answers,
                              Labels labels) {
  TrainingSet set;
  set.images_per_record = views_of(images.header());
  set.images_are_views = images.header().views > 0;
  set.records = static_cast<std::int64_t>(images.count()) / set.images_per_record;
  set.fingerprints.push_back(images.header().fingerprint);
  set.classes = images.header().classes;
  if (set.records == 0) throw DataError(images.name(), "holds no record to train on");
  if (answers != nullptr) join_answers(set, images, *answers);
  if (labels == Labels::kRead) {
    if (set.images_are_views)
      throw DataError(images.name(), "holds views; train with labels on the originals");
    set.labels = read_labels(images);
  }
  set.images = read_images(images);
  return set;
}

}  // namespace cs::data
