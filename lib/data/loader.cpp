#include "data/loader.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <opencv2/core/mat.hpp>

#include "core/error.hpp"
#include "core/ordered.hpp"
#include "data/epoch.hpp"
#include "records/images.hpp"

namespace cs::data {
namespace {

/// Rows of a contiguous tensor. Not index_select(): in a thread of ours that starts an OpenMP team.
at::Tensor gather(const at::Tensor& from, const Rows& rows, bool pinned) {
  std::vector<std::int64_t> shape = from.sizes().vec();
  shape[0] = static_cast<std::int64_t>(rows.size());
  at::Tensor out = at::empty(shape, from.options().pinned_memory(pinned));
  const std::size_t bytes = from.nbytes() / static_cast<std::size_t>(from.size(0));
  auto* to = static_cast<char*>(out.data_ptr());
  for (const std::int64_t row : rows) {
    std::memcpy(to,
                static_cast<const char*>(from.data_ptr()) + static_cast<std::size_t>(row) * bytes,
                bytes);
    to += bytes;
  }
  return out;
}

void check(const TrainingSet& set, const LoaderOptions& options) {
  const SurrogateView view = options.surrogate_view;
  if (set.encoded != nullptr && options.size == 0)
    throw UsageError("`size`", "is missing; the images are of any size, the encoder's are of one");
  const bool stored = view == SurrogateView::kSame || view == SurrogateView::kStored;
  if (stored && !set.images_were_answered)
    throw UsageError(
        "`images`: are not what was answered, which this training sees; pass the stored views");
  if (set.answers.defined() && options.answers > set.answers_per_record)
    throw UsageError("`answers`: hold " + std::to_string(set.answers_per_record) +
                     " to each image, and a step needs " + std::to_string(options.answers) +
                     "; store several views with cs-augment and query those");
  if (!stored && set.images_are_views)
    throw UsageError(
        "`images`: hold stored views, and this training makes its own; pass the originals");
}

}  // namespace

struct Loader::State {
  const TrainingSet& set;
  const LoaderOptions options;
  const std::int64_t batch;
  const std::int64_t steps;  ///< of an epoch; 0 of an empty set
  std::int64_t left = 0;     ///< of the steps of the epoch that was started last
  std::int64_t started = -1;
  mutable std::mutex mutex;
  mutable std::map<std::int64_t, std::shared_ptr<const Epoch>> epochs;  ///< guarded by `mutex`
  std::unique_ptr<Pipeline<Batch>> batches;  ///< last member: its threads use the others

  State(const TrainingSet& records, const LoaderOptions& settings)
      : set(records),
        options(settings),
        batch(std::min(settings.batch, records.records)),
        steps(batch == 0 ? 0 : records.records / batch) {}

  std::shared_ptr<const Epoch> epoch(std::int64_t number) const {
    const std::lock_guard lock(mutex);
    std::shared_ptr<const Epoch>& known = epochs[number];
    if (!known) known = std::make_shared<const Epoch>(set, options, number);
    return known;
  }

  void begin(std::int64_t number, std::int64_t first_batch) {
    const std::lock_guard lock(mutex);
    epochs.erase(epochs.begin(), epochs.lower_bound(number));
    started = number;
    left = steps - first_batch;
  }

  /// Row `row` of the set's images.
  cv::Mat image(std::int64_t row) const {
    if (set.encoded == nullptr) {
      const auto height = static_cast<int>(set.images.size(1));
      const auto width = static_cast<int>(set.images.size(2));
      std::uint8_t* const pixels =
          set.images.data_ptr<std::uint8_t>() + row * (std::int64_t{height} * width * 3);
      return {height, width, CV_8UC3, pixels};
    }
    cv::Mat image;
    const std::uint64_t id = set.encoded->header().first + static_cast<std::uint64_t>(row);
    records::for_each_image(*set.encoded, id, 1,
                            [&](std::uint64_t /*id*/, const cv::Mat& rgb) { image = rgb; });
    return image;
  }

  /// View `view` of a record, made from the image that it is a view of.
  cv::Mat view_of(const cv::Mat& image, const Epoch& epoch, std::int64_t record,
                  std::int64_t view) const {
    const int side = options.size > 0 ? options.size : image.rows == image.cols ? image.rows : 0;
    const bool plain = options.plain_first && view == 0;
    if (options.surrogate_view == SurrogateView::kFresh && !plain)
      return options.policy.apply(image, side, epoch.random(record, view));
    const bool as_it_is = side == 0 || (image.rows == side && image.cols == side);
    return as_it_is ? image : augment::Policy().apply(image, side, epoch.random(record, view));
  }

  /// A batch's images: all first views, then all second ones.
  at::Tensor images(const Rows& records, const Epoch& epoch) const {
    at::Tensor all;
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::int64_t loaded = -1;
      cv::Mat original;
      for (std::int64_t v = 0; v < options.views; ++v) {
        const std::int64_t row = epoch.image_row(records[i], v);
        if (row != loaded) original = image(row);
        loaded = row;
        const cv::Mat made = view_of(original, epoch, records[i], v);
        if (!all.defined())
          all = at::empty({options.views * batch, made.rows, made.cols, 3},
                          at::TensorOptions(at::kByte).pinned_memory(options.pinned));
        const std::size_t bytes = made.total() * 3;
        const std::size_t at = static_cast<std::size_t>(v * batch) + i;
        std::memcpy(all.data_ptr<std::uint8_t>() + at * bytes, made.data, bytes);
      }
    }
    return all;
  }

  at::Tensor answers(const Rows& records, const Epoch& epoch) const {
    Rows rows;
    for (std::int64_t number = 0; number < options.answers; ++number)
      for (const std::int64_t record : records) rows.push_back(epoch.answer_row(record, number));
    return gather(set.answers, rows, options.pinned);
  }

  /// Batch `index`, counted from the first one of epoch 0.
  Batch make(std::int64_t index) const {
    const std::shared_ptr<const Epoch> of = epoch(index / steps);
    Batch made;
    made.records = of->records(index % steps * batch, batch);
    made.images = images(made.records, *of);
    if (set.labels.defined()) made.labels = gather(set.labels, made.records, options.pinned);
    if (set.answers.defined()) made.answers = answers(made.records, *of);
    return made;
  }
};

Loader::Loader(const TrainingSet& set, const LoaderOptions& options)
    : state_(std::make_unique<State>(set, options)) {
  check(set, options);
}

Loader::~Loader() = default;

std::int64_t Loader::batch() const { return state_->batch; }

std::int64_t Loader::images_per_batch() const { return state_->batch * state_->options.views; }

std::int64_t Loader::batches_per_epoch() const { return state_->steps; }

void Loader::start_epoch(std::int64_t epoch, std::int64_t first_batch) {
  State& state = *state_;
  const bool under_way = state.batches && state.left == 0 && first_batch == 0 &&
                         epoch == state.started + 1 && epoch < state.options.epochs;
  if (!under_way) state.batches = nullptr;  // waits for its threads
  state.begin(epoch, first_batch);
  if (under_way) return;
  const std::int64_t first = epoch * state.steps + first_batch;
  const std::int64_t end = std::max(epoch + 1, state.options.epochs) * state.steps;
  state.batches = std::make_unique<Pipeline<Batch>>(
      static_cast<std::size_t>(end - first), state.options.threads,
      [&state, first](std::size_t index) {
        return state.make(first + static_cast<std::int64_t>(index));
      });
}

std::vector<std::uint64_t> Loader::record_ids(std::int64_t batch) const {
  std::vector<std::uint64_t> ids;
  const auto epoch = state_->epoch(state_->started);
  for (const std::int64_t record : epoch->records(batch * state_->batch, state_->batch))
    ids.push_back(state_->set.first + static_cast<std::uint64_t>(record));
  return ids;
}

bool Loader::next(Batch& batch) {
  if (state_->left == 0) return false;
  --state_->left;
  return state_->batches->next(batch);
}

}  // namespace cs::data
