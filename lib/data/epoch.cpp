#include "data/epoch.hpp"

#include <numeric>
#include <utility>

namespace cs::data {

Epoch::Epoch(const TrainingSet& set, const LoaderOptions& options, std::int64_t number)
    : set_(set), options_(options), number_(number), order_(static_cast<std::size_t>(set.records)) {
  std::iota(order_.begin(), order_.end(), 0);
  Random random(options.seed, Purpose::kOrder, 0, static_cast<std::uint32_t>(number));
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
}

Rows Epoch::records(std::int64_t first, std::int64_t count) const {
  const auto begin = order_.begin() + first;
  return {begin, begin + count};
}

std::int64_t Epoch::answer_row(std::int64_t record, std::int64_t number) const {
  const std::int64_t k = set_.answers_per_record;
  if (options_.victim_view == VictimView::kCycle)
    return record * k + (number_ * options_.answers + number) % k;
  return draw_row(record, Purpose::kVictimView, number);
}

std::int64_t Epoch::image_row(std::int64_t record, std::int64_t view) const {
  switch (options_.surrogate_view) {
    case SurrogateView::kSame:
      return answer_row(record, view % options_.answers);
    case SurrogateView::kStored:
      return draw_row(record, Purpose::kStoredView, 0);
    default:
      return record;
  }
}

Random Epoch::random(std::int64_t record, std::int64_t view) const {
  return {options_.seed, Purpose::kFreshView, static_cast<std::uint64_t>(record),
          static_cast<std::uint32_t>(number_ * options_.views + view)};
}

/// The `number`-th of draws without replacement from the stored rows of a record.
std::int64_t Epoch::draw_row(std::int64_t record, Purpose purpose, std::int64_t number) const {
  const std::int64_t k = set_.answers_per_record;
  Random random(options_.seed, purpose, static_cast<std::uint64_t>(record),
                static_cast<std::uint32_t>(number_));
  Rows drawn;  // in ascending order
  for (std::int64_t i = 0;; ++i) {
    auto row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(k - i)));
    auto at = drawn.begin();
    for (; at != drawn.end() && row >= *at; ++at) ++row;  // skips those drawn before
    if (i == number) return record * k + row;
    drawn.insert(at, row);
  }
}

}  // namespace cs::data
