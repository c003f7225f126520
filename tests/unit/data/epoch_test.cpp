#include "data/epoch.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

namespace cs::data {
namespace {

TrainingSet set_of(std::int64_t records, std::int64_t answers_per_record) {
  TrainingSet set;
  set.records = records;
  set.answers_per_record = answers_per_record;
  return set;
}

LoaderOptions options_with(std::int64_t views, std::int64_t answers) {
  LoaderOptions options;
  options.views = views;
  options.answers = answers;
  options.seed = 11;
  return options;
}

/// Computed by a Philox4x32-10 written in Python from the paper.
TEST(Epoch, OrdersRecordsAsAnIndependentGeneratorDoes) {
  const TrainingSet set = set_of(8, 1);
  const LoaderOptions options = options_with(1, 1);
  EXPECT_EQ(Epoch(set, options, 0).records(0, 8), (Rows{2, 7, 6, 5, 0, 3, 4, 1}));
  EXPECT_EQ(Epoch(set, options, 3).records(0, 8), (Rows{1, 0, 3, 5, 4, 7, 6, 2}));
  EXPECT_EQ(Epoch(set, options, 3).records(2, 3), (Rows{3, 5, 4}));
}

/// The same generator, and draws without replacement by taking from a list.
TEST(Epoch, DrawsStoredAnswersAndImagesAsAnIndependentGeneratorDoes) {
  const TrainingSet set = set_of(3, 5);
  LoaderOptions options = options_with(1, 3);
  const auto answers = [&](std::int64_t record, std::int64_t number) {
    const Epoch epoch(set, options, number);
    return Rows{epoch.answer_row(record, 0), epoch.answer_row(record, 1),
                epoch.answer_row(record, 2)};
  };
  EXPECT_EQ(answers(0, 0), (Rows{2, 0, 4}));
  EXPECT_EQ(answers(2, 0), (Rows{10, 11, 12}));
  EXPECT_EQ(answers(2, 1), (Rows{11, 13, 14}));
  options.surrogate_view = SurrogateView::kStored;
  EXPECT_EQ(Epoch(set, options, 0).image_row(0, 0), 2);
  EXPECT_EQ(Epoch(set, options, 0).image_row(2, 0), 11);
  EXPECT_EQ(Epoch(set, options, 1).image_row(2, 0), 11);
}

TEST(Epoch, CyclesThroughTheAnswersOfARecord) {
  const TrainingSet set = set_of(4, 5);
  LoaderOptions options = options_with(1, 2);
  options.victim_view = VictimView::kCycle;
  Rows seen;
  for (std::int64_t number = 0; number < 5; ++number)
    for (std::int64_t i = 0; i < 2; ++i)
      seen.push_back(Epoch(set, options, number).answer_row(3, i) - 3 * 5);
  EXPECT_EQ(seen, (Rows{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

TEST(Epoch, TheSameImageIsTheAnsweredOneForEachOfSeveralViews) {
  const TrainingSet set = set_of(4, 5);
  LoaderOptions options = options_with(4, 2);
  options.surrogate_view = SurrogateView::kSame;
  const Epoch epoch(set, options, 1);
  for (std::int64_t view = 0; view < 4; ++view)
    EXPECT_EQ(epoch.image_row(2, view), epoch.answer_row(2, view % 2)) << view;
}

TEST(Epoch, OriginalsAreTheirOwnImages) {
  const TrainingSet set = set_of(4, 5);
  LoaderOptions options = options_with(2, 1);
  for (const auto view : {SurrogateView::kFresh, SurrogateView::kPlain}) {
    options.surrogate_view = view;
    EXPECT_EQ(Epoch(set, options, 1).image_row(3, 1), 3);
  }
}

// Numbered by epoch + view, the second view of an epoch would come back as the first of the next.
TEST(Epoch, FreshViewsOfARecordShareNoRandomNumbersInAnyEpoch) {
  const TrainingSet set = set_of(3, 1);
  for (const std::int64_t views : {1, 2, 3, 8}) {
    const LoaderOptions options = options_with(views, 1);
    std::set<std::pair<std::uint32_t, std::uint32_t>> streams;
    for (std::int64_t number = 0; number < 20; ++number)
      for (std::int64_t record = 0; record < 3; ++record)
        for (std::int64_t view = 0; view < views; ++view) {
          Random random = Epoch(set, options, number).random(record, view);
          const std::uint32_t first = random.bits();
          streams.insert({first, random.bits()});
        }
    EXPECT_EQ(streams.size(), static_cast<std::size_t>(20 * 3 * views)) << views << " views";
  }
}

TEST(Epoch, FreshViewsAreNumberedThroughAllEpochs) {
  const TrainingSet set = set_of(3, 1);
  const LoaderOptions options = options_with(2, 1);
  Random random = Epoch(set, options, 3).random(2, 1);
  Random expected(11, Purpose::kFreshView, 2, 3 * 2 + 1);
  EXPECT_EQ(random.bits(), expected.bits());
  EXPECT_EQ(random.bits(), 281844995U);  // as Python computes it
}

}  // namespace
}  // namespace cs::data
