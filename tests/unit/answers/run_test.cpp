#include "answers/run.hpp"

#include <gtest/gtest.h>

#include "answers/merge.hpp"
#include "answers/query.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "support/fake_victim.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;
using test::FakeVictim;
using test::images_of;
using test::range;
using test::TempDir;
using test::thrown;

/// What a run says and writes.
struct Said {
  std::vector<std::string> remarks;
  std::vector<Json> results;
  std::uint64_t progress = 0;

  Dataset run(const Victim& victim, const Dataset& images, const RunOptions& options,
              const std::filesystem::path& output) {
    answer_images(victim, images, options, {output, Overwrite::kAllow}, {{"tool", "test"}},
                  {[&](std::uint64_t answers) { progress += answers; },
                   [&](const std::string& what) { remarks.push_back(what); },
                   [&](const Json& line) { results.push_back(line); }});
    return Dataset({output});
  }
};

std::vector<float> embeddings(const Dataset& answers) {
  std::vector<float> values(2 * answers.count());
  answers.read(store::Column::kEmbedding, answers.header().first, answers.count(), values.data());
  return values;
}

TEST(Run, StoresRepeatsAsAnswersToViewsOfTheirImage) {
  const TempDir dir;
  store::Header header;
  header.first = 50;
  header.classes = {"a", "b", "c"};
  header.columns = {store::image_spec(4, 4), store::label_spec()};
  store::Writer writer(dir / "i.lmdb", Overwrite::kAllow, header);
  for (const std::int32_t label : {0, 2, 1}) {
    writer.append(store::Column::kImage,
                  test::pixels_of(static_cast<std::uint64_t>(label), 48).data(), 1);
    writer.append(store::Column::kLabel, &label, 1);
  }
  writer.close();
  const Dataset images({dir / "i.lmdb"});
  FakeVictim victim(2);
  victim.noise_ = 0.5F;
  RunOptions options;
  options.cache = dir / "cache";
  options.repeats = 4;
  Said said;
  const Dataset answers = said.run(victim, images, options, dir / "a.lmdb");
  EXPECT_EQ(answers.count(), 12U);
  EXPECT_EQ(answers.header().first, 200U);
  EXPECT_EQ(answers.header().views, 4U);
  EXPECT_TRUE(answers.views_of(images));
  EXPECT_FALSE(answers.answers_to(images));
  EXPECT_EQ(info_of(answers).repeats, 4U);
  EXPECT_EQ(info_of(answers).cost.calls, 12U);
  EXPECT_EQ(info_of(answers).cost.images, 3U);
  EXPECT_EQ(info_of(answers).of, images.header().fingerprint);
  EXPECT_EQ(said.progress, 12U);
  std::vector<std::int32_t> labels(12);
  answers.read(store::Column::kLabel, 200, 12, labels.data());
  EXPECT_EQ(labels, (std::vector<std::int32_t>{0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1}));
  const std::vector<float> values = embeddings(answers);
  for (std::size_t row = 0; row < 12; ++row) {
    const auto image = static_cast<std::uint64_t>(labels[row]);
    EXPECT_EQ(values[2 * row + 1], static_cast<float>(test::pixels_of(image, 48)[1])) << row;
  }
  EXPECT_NE(values[0], values[2]);  // answers of their own
  EXPECT_EQ(victim.asked().size(), 12U);

  victim.forget();  // none is asked again, whether more or fewer are wanted
  EXPECT_EQ(embeddings(said.run(victim, images, options, dir / "b.lmdb")), values);
  options.repeats = 1;
  const std::vector<float> first = embeddings(said.run(victim, images, options, dir / "c.lmdb"));
  EXPECT_EQ(first, (std::vector<float>{values[0], values[1], values[8], values[9], values[16],
                                       values[17]}));
  EXPECT_TRUE(victim.asked().empty());
  options.repeats = 5;
  said.run(victim, images, options, dir / "d.lmdb");
  EXPECT_EQ(victim.asked().size(), 3U);
  EXPECT_GT(AnswerCache(dir / "cache", Access::kRead).noise(target_of(victim, 0)), 0);
}

TEST(Run, AsksForRepeatsOfEqualImagesOnce) {
  const TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", {0, 1, 0, 0});
  FakeVictim victim;
  RunOptions options;
  options.cache = dir / "cache";
  options.repeats = 3;
  const Dataset answers = Said().run(victim, images, options, dir / "a.lmdb");
  EXPECT_EQ(answers.count(), 12U);
  EXPECT_EQ(victim.asked().size(), 6U);
}

TEST(Run, StoresRepeatsOfViewsWithTheirOriginals) {
  const TempDir dir;
  const Dataset originals = images_of(dir / "o.lmdb", range(0, 3));
  store::Header header;
  header.views = 2;
  header.originals = originals.header().fingerprint;
  header.columns = {store::image_spec(4, 4)};
  store::Writer writer(dir / "v.lmdb", Overwrite::kAllow, header);
  for (std::uint64_t i = 0; i < 6; ++i)
    writer.append(store::Column::kImage, test::pixels_of(i, 48).data(), 1);
  writer.close();
  const Dataset views({dir / "v.lmdb"});
  RunOptions options;
  options.cache = dir / "cache";
  options.repeats = 3;
  const Dataset answers = Said().run(FakeVictim(), views, options, dir / "a.lmdb");
  EXPECT_EQ(answers.header().views, 6U);
  EXPECT_TRUE(answers.views_of(originals));
  EXPECT_EQ(info_of(answers).of, views.header().fingerprint);
  EXPECT_EQ(info_of(answers).cost.images, 3U);
}

TEST(Run, PrintsTheNoiseAndNotesItInTheCache) {
  const TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 9));
  FakeVictim victim(1);
  RunOptions options;
  options.repeat_check = 5;
  Said said;
  said.run(victim, images, options, dir / "a.lmdb");
  ASSERT_EQ(said.results.size(), 1U);
  EXPECT_EQ(said.results[0].at("pairs"), 5);
  EXPECT_EQ(said.results[0].at("largest_difference"), 0.0);
  EXPECT_TRUE(said.remarks.empty());
  victim.noise_ = 50;
  options.cache = dir / "cache";
  said.run(victim, images, options, dir / "b.lmdb");
  const double noise = AnswerCache(options.cache, Access::kRead).noise(target_of(victim, 0));
  EXPECT_EQ(said.results.at(1).at("largest_difference"), noise);
  EXPECT_GT(noise, 0);
}

TEST(Run, KeepsTheAnswersOfEpochsApart) {
  const TempDir dir;
  const Dataset some = images_of(dir / "s.lmdb", range(0, 5));
  const Dataset images = images_of(dir / "i.lmdb", range(0, 9));
  FakeVictim victim;
  victim.may_change_ = true;
  RunOptions options;
  options.cache = dir / "cache";
  Said said;
  const Dataset before = said.run(victim, some, options, dir / "a.lmdb");
  victim.changed_ = true;
  EXPECT_THROW(said.run(victim, images, options, dir / "b.lmdb"), DataError);
  EXPECT_FALSE(std::filesystem::exists(dir / "b.lmdb"));
  options.new_epoch = true;
  const Dataset after = said.run(victim, images, options, dir / "b.lmdb");
  EXPECT_NE(before.header().victim, after.header().victim);
  EXPECT_EQ(after.header().victim, epoch_of(Digest::from_hex(before.header().victim), 1).hex());
  EXPECT_EQ(embeddings(after)[0], static_cast<float>(test::pixels_of(0, 48)[1]));
  const std::string summary = AnswerCache(options.cache, Access::kRead).summary();
  EXPECT_NE(summary.find("epoch: " + before.header().victim + " 1 " + after.header().victim + "\n"),
            std::string::npos)
      << summary;
  options.new_epoch = false;  // later runs stay in the newest epoch, also through another cache
  victim.forget();
  options.from = {options.cache};
  options.cache = dir / "other";
  EXPECT_EQ(said.run(victim, images, options, dir / "c.lmdb").header().victim,
            after.header().victim);
  EXPECT_TRUE(victim.asked().empty());
}

TEST(Run, RefusesOptionsThatNeedACache) {
  const auto refused = [](const std::function<void(RunOptions&)>& set) {
    RunOptions options;
    set(options);
    return thrown<UsageError>([&] { check(options); });
  };
  EXPECT_EQ(refused([](RunOptions& o) { o.repeats = 2; }), "`repeats`: needs a `cache`");
  EXPECT_EQ(refused([](RunOptions& o) { o.canaries = 1; }), "`canaries`: needs a `cache`");
  EXPECT_EQ(refused([](RunOptions& o) { o.new_epoch = true; }), "`new-epoch`: needs a `cache`");
  EXPECT_EQ(refused([](RunOptions& o) { o.from = {"b"}; }), "`from-cache`: needs a `cache`");
  RunOptions fine;
  fine.repeat_check = 3;
  fine.canaries = 0;
  EXPECT_NO_THROW(check(fine));
}

}  // namespace
}  // namespace cs::answers
