#include "data/loader.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "store/writer.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

namespace cs::data {
namespace {

/// Records of 8x8 pixels, all of record i being i (in stored views, 16 i + row % 16).
TrainingSet numbered(std::int64_t records, std::int64_t answers_per_record = 1,
                     std::int64_t images_per_record = 1) {
  TrainingSet set;
  set.records = records;
  set.answers_per_record = answers_per_record;
  set.images_are_views = images_per_record > 1;
  set.images_were_answered = images_per_record == answers_per_record;
  set.images = at::empty({records * images_per_record, 8, 8, 3}, at::kByte);
  for (std::int64_t i = 0; i < set.images.size(0); ++i)
    set.images[i].fill_(images_per_record == 1 ? i : i / images_per_record * 16 + i % 16);
  set.answers = at::arange(records * answers_per_record, at::kFloat).unsqueeze(1);
  set.labels = at::arange(records) * 100;
  return set;
}

LoaderOptions plain(std::int64_t batch) {
  LoaderOptions options;
  options.batch = batch;
  options.surrogate_view = SurrogateView::kPlain;
  options.threads = 0;
  return options;
}

/// The batch's images of one view, in the order of its records.
at::Tensor view_of(const Batch& batch, std::int64_t view) {
  const auto count = static_cast<std::int64_t>(batch.records.size());
  return batch.images.narrow(0, view * count, count);
}

std::vector<std::int64_t> records_of(Loader& loader, std::int64_t epoch) {
  std::vector<std::int64_t> all;
  Batch batch;
  loader.start_epoch(epoch);
  while (loader.next(batch)) all.insert(all.end(), batch.records.begin(), batch.records.end());
  return all;
}

TEST(Loader, HandsOutEveryRecordOnceAnEpochInAnotherOrder) {
  const TrainingSet set = numbered(20);
  Loader loader(set, plain(5));
  EXPECT_EQ(loader.batches_per_epoch(), 4);
  const auto first = records_of(loader, 0);
  const auto second = records_of(loader, 1);
  EXPECT_EQ(std::set<std::int64_t>(first.begin(), first.end()).size(), 20U);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), second.begin(), second.end()));
  EXPECT_NE(first, second);
  EXPECT_EQ(records_of(loader, 0), first);
}

TEST(Loader, RowsBelongTogether) {
  const TrainingSet set = numbered(20);
  Loader loader(set, plain(4));
  loader.start_epoch(3);
  int batches = 0;
  for (Batch batch; loader.next(batch); ++batches) {
    for (std::size_t i = 0; i < 4; ++i) {
      const auto row = static_cast<std::int64_t>(i);
      EXPECT_EQ(view_of(batch, 0)[row].min().item<int>(), batch.records[i]);
      EXPECT_EQ(view_of(batch, 0)[row].max().item<int>(), batch.records[i]);
      EXPECT_EQ(batch.answers[row][0].item<double>(), static_cast<double>(batch.records[i]));
      EXPECT_EQ(batch.labels[row].item<std::int64_t>(), batch.records[i] * 100);
    }
  }
  EXPECT_EQ(batches, 5);
}

TEST(Loader, HandsOutPredictionsAsTheyAre) {
  TrainingSet set = numbered(20);
  set.answers = at::arange(20, at::kLong) * 3;
  Loader loader(set, plain(5));
  loader.start_epoch(0);
  Batch batch;
  ASSERT_TRUE(loader.next(batch));
  ASSERT_EQ(batch.answers.sizes(), at::IntArrayRef({5}));
  ASSERT_EQ(batch.answers.scalar_type(), at::kLong);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(batch.answers[static_cast<std::int64_t>(i)].item<std::int64_t>(),
              batch.records[i] * 3);
}

TEST(Loader, LeavesOutWhatDoesNotFillABatchAndShrinksABatchOverTheSet) {
  const TrainingSet set = numbered(20);
  Loader seven(set, plain(7));
  EXPECT_EQ(records_of(seven, 0).size(), 14U);
  Loader large(set, plain(512));
  EXPECT_EQ(large.batch(), 20);
  EXPECT_EQ(records_of(large, 0).size(), 20U);
}

TEST(Loader, GivesTheSameBatchesWithAnyNumberOfThreads) {
  const TrainingSet set = numbered(64);
  LoaderOptions options = plain(8);
  options.surrogate_view = SurrogateView::kFresh;
  options.policy = augment::Policy("simclr", 8);
  options.views = 2;
  Loader alone(set, options);
  options.threads = 3;
  Loader together(set, options);
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    alone.start_epoch(epoch);
    together.start_epoch(epoch);
    Batch a;
    Batch b;
    while (alone.next(a)) {
      ASSERT_TRUE(together.next(b));
      EXPECT_EQ(a.records, b.records);
      for (std::int64_t v = 0; v < 2; ++v) EXPECT_TRUE(at::equal(view_of(a, v), view_of(b, v)));
    }
    EXPECT_FALSE(together.next(b));
  }
}

TEST(Loader, FreshViewsDifferFromEachOtherAndFromEpochToEpoch) {
  TrainingSet set = numbered(8);
  set.images = at::randint(0, 256, {8, 8, 8, 3}, at::kByte);
  LoaderOptions options = plain(8);
  options.surrogate_view = SurrogateView::kFresh;
  options.policy = augment::Policy("simclr", 8);
  options.views = 2;
  Loader loader(set, options);
  Batch first;
  Batch second;
  loader.start_epoch(0);
  ASSERT_TRUE(loader.next(first));
  EXPECT_FALSE(at::equal(view_of(first, 0), view_of(first, 1)));
  loader.start_epoch(1);
  ASSERT_TRUE(loader.next(second));
  const auto record = std::find(second.records.begin(), second.records.end(), first.records[0]);
  EXPECT_FALSE(
      at::equal(view_of(first, 0)[0], view_of(second, 0)[record - second.records.begin()]));
}

TEST(Loader, CyclesThroughStoredAnswersOrDrawsThem) {
  const TrainingSet set = numbered(4, 3);
  LoaderOptions options = plain(4);
  options.victim_view = VictimView::kCycle;
  Loader cycle(set, options);
  for (std::int64_t epoch = 0; epoch < 6; ++epoch) {
    Batch batch;
    cycle.start_epoch(epoch);
    ASSERT_TRUE(cycle.next(batch));
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_EQ(batch.answers[static_cast<std::int64_t>(i)][0].item<double>(),
                static_cast<double>(batch.records[i] * 3 + epoch % 3));
  }
  options.victim_view = VictimView::kRandom;
  Loader random(set, options);
  std::set<double> seen;
  for (std::int64_t epoch = 0; epoch < 40; ++epoch) {
    Batch batch;
    random.start_epoch(epoch);
    ASSERT_TRUE(random.next(batch));
    for (std::int64_t i = 0; i < 4; ++i) seen.insert(batch.answers[i][0].item<double>());
  }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(Loader, TheSameViewIsTheImageThatWasAnsweredAndAStoredOneIsIndependent) {
  const TrainingSet set = numbered(4, 3, 3);
  LoaderOptions options = plain(4);
  options.surrogate_view = SurrogateView::kSame;
  Loader same(set, options);
  options.surrogate_view = SurrogateView::kStored;
  Loader stored(set, options);
  int differ = 0;
  for (std::int64_t epoch = 0; epoch < 10; ++epoch) {
    Batch a;
    Batch b;
    same.start_epoch(epoch);
    stored.start_epoch(epoch);
    ASSERT_TRUE(same.next(a));
    ASSERT_TRUE(stored.next(b));
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto row = static_cast<std::int64_t>(a.answers[i][0].item<float>());
      EXPECT_TRUE(at::equal(view_of(a, 0)[i], set.images[row]));
      const auto other = view_of(b, 0)[i].min().item<int>() / 16;
      EXPECT_EQ(other, b.records[static_cast<std::size_t>(i)]);
      differ += at::equal(view_of(a, 0)[i], view_of(b, 0)[i]) ? 0 : 1;
    }
  }
  EXPECT_GT(differ, 5);
}

TEST(Loader, RefusesViewsThatTheImagesCannotGive) {
  const TrainingSet originals = numbered(4, 3);
  const TrainingSet views = numbered(4, 3, 3);
  LoaderOptions options = plain(4);
  EXPECT_THROW(Loader(views, options), UsageError);
  options.surrogate_view = SurrogateView::kSame;
  EXPECT_THROW(Loader(originals, options), UsageError);
}

TEST(Loader, TellsASingleViewOfEachImageFromTheOriginals) {
  LoaderOptions options = plain(4);
  TrainingSet views = numbered(4);
  views.images_are_views = true;
  EXPECT_THROW(Loader(views, options), UsageError);
  options.surrogate_view = SurrogateView::kSame;
  EXPECT_NO_THROW(Loader(views, options));
  TrainingSet originals = numbered(4);
  originals.images_were_answered = false;
  EXPECT_THROW(Loader(originals, options), UsageError);
}

TEST(Loader, CanBeDroppedInTheMiddleOfAnEpoch) {
  const TrainingSet set = numbered(64);
  LoaderOptions options = plain(4);
  options.threads = 2;
  Loader loader(set, options);
  Batch batch;
  loader.start_epoch(0);
  ASSERT_TRUE(loader.next(batch));
  loader.start_epoch(1);
  ASSERT_TRUE(loader.next(batch));
}

/// A dataset of PNG files, image i of i + 20 x 30 pixels, all i.
store::Dataset write_encoded(const std::filesystem::path& path, int count) {
  store::Header header;
  header.first = 100;
  header.columns = {store::encoded_image_spec()};
  store::Writer writer(path, Overwrite::kAllow, header);
  for (int i = 0; i < count; ++i)
    writer.append_bytes(store::Column::kImage,
                        test::encoded_image(".png", i + 20, 30, cv::Scalar::all(i)));
  writer.close();
  return store::Dataset({path});
}

TEST(Loader, DecodesEncodedImagesAtTheSizeAskedFor) {
  const test::TempDir dir;
  const store::Dataset images = write_encoded(dir / "a.lmdb", 12);
  const TrainingSet set = load_training_set(images, Labels::kIgnore);
  EXPECT_FALSE(set.images.defined());
  EXPECT_EQ(set.records, 12);
  for (const auto view : {SurrogateView::kPlain, SurrogateView::kFresh}) {
    LoaderOptions options = plain(4);
    options.surrogate_view = view;
    options.policy = augment::Policy("crop-flip", 16);
    options.views = 2;
    options.size = 16;
    Loader loader(set, options);
    loader.start_epoch(0);
    Batch batch;
    while (loader.next(batch))
      for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(view_of(batch, 1).sizes(), (at::IntArrayRef{4, 16, 16, 3}));
        const auto row = view_of(batch, 1)[static_cast<std::int64_t>(i)];
        EXPECT_EQ(row.max().item<int>(), batch.records[i]);
        if (view == SurrogateView::kPlain) {
          EXPECT_EQ(row.min().item<int>(), batch.records[i]);
        }
      }
  }
}

TEST(Loader, DecodesTheSameWithAnyNumberOfThreads) {
  const test::TempDir dir;
  const store::Dataset images = write_encoded(dir / "a.lmdb", 12);
  const TrainingSet set = load_training_set(images, Labels::kIgnore);
  std::vector<at::Tensor> views;
  for (const int threads : {0, 3}) {
    LoaderOptions options = plain(12);
    options.surrogate_view = SurrogateView::kFresh;
    options.policy = augment::Policy("simclr", 16);
    options.size = 16;
    options.threads = threads;
    Loader loader(set, options);
    loader.start_epoch(2);
    Batch batch;
    ASSERT_TRUE(loader.next(batch));
    views.push_back(view_of(batch, 0));
  }
  EXPECT_TRUE(views[0].equal(views[1]));
}

TEST(Loader, NeedsASizeForEncodedImages) {
  const test::TempDir dir;
  const store::Dataset images = write_encoded(dir / "a.lmdb", 3);
  const TrainingSet set = load_training_set(images, Labels::kIgnore);
  EXPECT_THROW(Loader(set, plain(2)), UsageError);
}

TEST(Loader, MakesViewsOfRawImagesAtAnotherSize) {
  const TrainingSet set = numbered(6);
  for (const auto view : {SurrogateView::kPlain, SurrogateView::kFresh}) {
    LoaderOptions options = plain(6);
    options.surrogate_view = view;
    options.size = 5;
    Loader loader(set, options);
    loader.start_epoch(0);
    Batch batch;
    ASSERT_TRUE(loader.next(batch));
    EXPECT_EQ(view_of(batch, 0).sizes(), (at::IntArrayRef{6, 5, 5, 3}));
    EXPECT_EQ(view_of(batch, 0)[3].max().item<int>(), batch.records[3]);
  }
}

TEST(Loader, GoesOnInTheMiddleOfAnEpoch) {
  TrainingSet set = numbered(20);
  set.first = 1000;
  for (const int threads : {0, 2}) {
    LoaderOptions options = plain(5);
    options.threads = threads;
    Loader loader(set, options);
    const auto all = records_of(loader, 3);
    loader.start_epoch(3, 2);
    std::vector<std::int64_t> rest;
    for (Batch batch; loader.next(batch);)
      rest.insert(rest.end(), batch.records.begin(), batch.records.end());
    EXPECT_EQ(rest, (std::vector<std::int64_t>(all.begin() + 10, all.end())));
    EXPECT_EQ(loader.record_ids(1).front(), 1000U + static_cast<std::uint64_t>(all[5]));
    loader.start_epoch(3, 4);
    Batch none;
    EXPECT_FALSE(loader.next(none));
  }
}

/// All that a loader hands out from a batch of an epoch to the epoch's end: positions and views.
std::pair<std::vector<std::int64_t>, std::vector<at::Tensor>> rest_of(Loader& loader,
                                                                      std::int64_t epoch,
                                                                      std::int64_t first = 0) {
  std::pair<std::vector<std::int64_t>, std::vector<at::Tensor>> rest;
  loader.start_epoch(epoch, first);
  for (Batch batch; loader.next(batch);) {
    rest.first.insert(rest.first.end(), batch.records.begin(), batch.records.end());
    rest.second.push_back(batch.images);
  }
  return rest;
}

TEST(Loader, GivesTheSameBatchesWhenThoseOfTheNextEpochAreMadeAhead) {
  TrainingSet set = numbered(20, 3);
  set.images_were_answered = false;
  set.images = at::randint(0, 256, {20, 8, 8, 3}, at::kByte);
  LoaderOptions options = plain(8);
  options.surrogate_view = SurrogateView::kFresh;
  options.policy = augment::Policy("simclr", 8);
  Loader one_by_one(set, options);
  options.epochs = 4;
  for (const int threads : {0, 1, 5}) {  // 5 threads are ahead by more than an epoch
    options.threads = threads;
    Loader ahead(set, options);
    const std::vector<std::pair<std::int64_t, std::int64_t>> starts = {
        {1, 1}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {0, 0}, {2, 0}, {3, 2}, {0, 1}, {1, 0}, {1, 0}};
    for (const auto& [epoch, first] : starts) {
      const auto expected = rest_of(one_by_one, epoch, first);
      const auto made = rest_of(ahead, epoch, first);
      EXPECT_EQ(made.first, expected.first);
      ASSERT_EQ(made.second.size(), expected.second.size());
      for (std::size_t i = 0; i < made.second.size(); ++i)
        EXPECT_TRUE(at::equal(made.second[i], expected.second[i]));
      EXPECT_EQ(ahead.record_ids(1), one_by_one.record_ids(1));
    }
    ahead.start_epoch(0);
    Batch batch;
    ASSERT_TRUE(ahead.next(batch));  // the epoch's other batch is dropped
    EXPECT_EQ(rest_of(ahead, 1).first, rest_of(one_by_one, 1).first);
  }
}

TEST(Loader, GivesTwoDifferentAnswersAndTheImagesTheyBelongTo) {
  const TrainingSet set = numbered(6, /*answers_per_record=*/3, /*images_per_record=*/3);
  for (const auto order : {VictimView::kRandom, VictimView::kCycle}) {
    LoaderOptions options = plain(6);
    options.views = 2;
    options.answers = 2;
    options.surrogate_view = SurrogateView::kSame;
    options.victim_view = order;
    Loader loader(set, options);
    std::set<std::int64_t> used;  // of the three answers to record 0
    for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
      Batch batch;
      loader.start_epoch(epoch);
      ASSERT_TRUE(loader.next(batch));
      ASSERT_EQ(batch.answers.size(0), 12);
      for (std::int64_t i = 0; i < 6; ++i) {
        const auto record = batch.records[static_cast<std::size_t>(i)];
        const auto first = batch.answers[i].item<std::int64_t>();
        const auto second = batch.answers[6 + i].item<std::int64_t>();
        EXPECT_NE(first, second);
        EXPECT_EQ(first / 3, record);
        EXPECT_EQ(second / 3, record);
        EXPECT_TRUE(view_of(batch, 0)[i].equal(set.images[first]));
        EXPECT_TRUE(view_of(batch, 1)[i].equal(set.images[second]));
        if (record == 0) used.insert({first, second});
      }
    }
    EXPECT_EQ(used.size(), 3U);
  }
  LoaderOptions four = plain(6);
  four.answers = 4;
  four.surrogate_view = SurrogateView::kSame;
  EXPECT_THROW(Loader(set, four), UsageError);
}

TEST(Loader, CanLeaveTheFirstOfSeveralViewsPlain) {
  TrainingSet set = numbered(8);
  set.images = at::randint(0, 256, {8, 8, 8, 3}, at::kByte);
  LoaderOptions options = plain(8);
  options.surrogate_view = SurrogateView::kFresh;
  options.policy = augment::Policy("simclr", 8);
  options.views = 3;
  options.plain_first = true;
  Loader loader(set, options);
  Batch batch;
  loader.start_epoch(0);
  ASSERT_TRUE(loader.next(batch));
  for (std::int64_t i = 0; i < 8; ++i)
    EXPECT_TRUE(view_of(batch, 0)[i].equal(set.images[batch.records[static_cast<std::size_t>(i)]]));
  EXPECT_FALSE(view_of(batch, 1).equal(view_of(batch, 0)));
  EXPECT_FALSE(view_of(batch, 1).equal(view_of(batch, 2)));
}

}  // namespace
}  // namespace cs::data
