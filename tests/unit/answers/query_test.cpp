#include "answers/query.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "answers/queries.hpp"
#include "core/error.hpp"
#include "support/fake_victim.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;
using test::FakeVictim;
using test::images_of;
using test::range;

/// All that was delivered, after checks that it came in order and whole.
struct Delivered {
  std::vector<Digest> images;
  std::vector<float> values;
};

Delivered ask(const Victim& victim, const Dataset& images, const QueryOptions& options = {}) {
  Delivered all;
  std::uint64_t next = images.header().first;
  query_images(victim, images, options, [&](const Answers& answers) {
    EXPECT_EQ(answers.first, next);
    EXPECT_EQ(answers.values.size(), 2 * answers.size());
    next += answers.size();
    all.images.insert(all.images.end(), answers.images.begin(), answers.images.end());
    all.values.insert(all.values.end(), answers.values.begin(), answers.values.end());
  });
  EXPECT_EQ(next, images.header().first + images.count());
  return all;
}

void expect_right(const Delivered& delivered, const std::vector<std::uint64_t>& numbers) {
  ASSERT_EQ(delivered.values.size(), 2 * numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto pixels = test::pixels_of(numbers[i], 48);
    ASSERT_EQ(delivered.values[2 * i], static_cast<float>(pixels[0])) << i;
    ASSERT_EQ(delivered.values[2 * i + 1], static_cast<float>(pixels[1])) << i;
    ASSERT_EQ(
        delivered.images[i],
        digest(std::string("\4\0\0\0\4\0\0\0\3\0\0\0", 12).append(pixels.begin(), pixels.end())));
  }
}

TEST(Queries, OfRawImagesAreTheirPixels) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 9), 100);
  const Queries queries = read_queries(images, 103, 4, 8);
  ASSERT_EQ(queries.list().size(), 4U);
  EXPECT_EQ(queries.list()[2].id, 105U);
  EXPECT_EQ(queries.list()[2].height, 4U);  // as they are: the victim resizes
  const auto pixels = test::pixels_of(5, 48);
  EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), queries.list()[2].pixels));
}

TEST(Queries, OfEncodedImagesAreTheirCentralSquares) {
  const test::TempDir dir;
  store::Header header;
  header.columns = {store::encoded_image_spec()};
  store::Writer writer(dir / "i.lmdb", Overwrite::kAllow, header);
  for (const int gray : {10, 200})  // 6 x 4 pixels, black but for the central 4 x 4
    writer.append_bytes(store::Column::kImage, [&] {
      std::string ppm = "P6\n6 4\n255\n";
      for (int i = 0; i < 24; ++i)
        ppm += std::string(3, static_cast<char>(i % 6 == 0 || i % 6 == 5 ? 0 : gray));
      return ppm;
    }());
  writer.close();
  const Dataset images({dir / "i.lmdb"});
  for (const int side : {2, 4, 9}) {
    const Queries queries = read_queries(images, 0, 2, side);
    const Query& second = queries.list().at(1);
    EXPECT_EQ(second.height, static_cast<std::uint32_t>(side));
    EXPECT_EQ(second.width, static_cast<std::uint32_t>(side));
    const std::vector<std::uint8_t> pixels(second.pixels, second.pixels + side * side * 3);
    EXPECT_EQ(pixels, std::vector<std::uint8_t>(pixels.size(), 200));
  }
}

TEST(Queries, ComeInPiecesThatMakeUpTheWhole) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 5000), 30);
  for (const int threads : {0, 2}) {
    std::vector<std::uint64_t> ids;
    for_each_piece(images, 8, threads, [&](const Queries& piece) {
      EXPECT_LE(piece.list().size(), 4096U);
      for (const Query& query : piece.list()) {
        ids.push_back(query.id);
        EXPECT_EQ(query.pixels[0], test::pixels_of(query.id - 30, 48)[0]);
      }
      return true;
    });
    EXPECT_EQ(ids, range(30, 5030));
  }
}

TEST(Query, AsksAboutEachImageAndDeliversInOrder) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 23), 50);
  for (const int side_by_side : {1, 3}) {
    const FakeVictim victim(4, side_by_side);
    expect_right(ask(victim, images), range(0, 23));
    EXPECT_EQ(victim.asked(), range(50, 73));
    EXPECT_EQ(victim.largest_call_, 4U);
  }
}

TEST(Query, AsksThroughACacheOnlyAboutWhatIsMissing) {
  const test::TempDir dir;
  const Dataset some = images_of(dir / "some.lmdb", range(5, 9));
  const Dataset images = images_of(dir / "i.lmdb", range(0, 23), 50);
  AnswerCache cache(dir / "cache", Access::kWrite);
  FakeVictim victim(4, 2);
  std::uint64_t progress = 0;
  QueryOptions options;
  options.threads = 2;
  options.cache = &cache;
  options.progress = [&](std::uint64_t more) { progress += more; };
  expect_right(ask(victim, some, options), range(5, 9));
  victim.forget();
  progress = 0;
  expect_right(ask(victim, images, options), range(0, 23));
  std::vector<std::uint64_t> ids = range(50, 55);
  for (const std::uint64_t id : range(59, 73)) ids.push_back(id);
  EXPECT_EQ(victim.asked(), ids);
  EXPECT_EQ(victim.largest_call_, 4U);
  EXPECT_EQ(progress, 23U);
  victim.forget();
  expect_right(ask(victim, images, options), range(0, 23));
  EXPECT_TRUE(victim.asked().empty());
}

TEST(Query, AsksThroughACacheAboutEqualImagesOnce) {
  const test::TempDir dir;
  const std::vector<std::uint64_t> numbers = {0, 0, 1, 0, 2, 1, 0};
  const Dataset images = images_of(dir / "i.lmdb", numbers);
  FakeVictim victim(2);
  expect_right(ask(victim, images), numbers);
  EXPECT_EQ(victim.asked(), range(0, 7));
  victim.forget();
  AnswerCache cache(dir / "cache", Access::kWrite);
  expect_right(ask(victim, images, {1, &cache}), numbers);
  EXPECT_EQ(victim.asked(), (std::vector<std::uint64_t>{0, 2, 4}));
  EXPECT_EQ(cache.ledger().at(0).counts.sent, 3U);
}

TEST(Query, DeliversRepeatsUnderIdsOfTheirOwn) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 7), 50);
  const FakeVictim victim(4);
  AnswerCache cache(dir / "cache", Access::kWrite);
  QueryOptions options;
  options.cache = &cache;
  options.repeats = 3;
  std::uint64_t next = 150;
  query_images(victim, images, options, [&](const Answers& answers) {
    EXPECT_EQ(answers.first, next);
    next += answers.size();
  });
  EXPECT_EQ(next, 171U);
  options.cache = nullptr;
  EXPECT_THROW(query_images(victim, images, options, [](const Answers&) {}), UsageError);
}

/// 16,384 images make a block: these are two and a piece.
TEST(Query, KeepsBlocksApartAndInOrder) {
  const test::TempDir dir;
  std::vector<std::uint64_t> numbers = range(0, 40000);
  for (std::size_t i = 20000; i < 40000; i += 2) numbers[i] = numbers[i - 20000];  // seen before
  const Dataset images = images_of(dir / "i.lmdb", numbers);
  FakeVictim victim(128, 2);
  AnswerCache cache(dir / "cache", Access::kWrite);
  expect_right(ask(victim, images, {2, &cache, {"attack", 30000}}), numbers);
  EXPECT_EQ(victim.asked().size(), 30000U);
  EXPECT_EQ(cache.ledger().at(0).counts.answered, 30000U);
}

/// A process that claims the first four of `images` and dies without an answer once `go` exists.
pid_t claim_and_die(const test::TempDir& dir, const Dataset& images, const Target& target) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  AnswerCache cache(dir / "cache", Access::kWrite);
  std::vector<Digest> wanted;
  const Queries first = read_queries(images, images.header().first, 4, 8);
  for (const Query& query : first.list()) wanted.push_back(query.digest);
  cache.claim(target, {}, wanted, 4);
  write_file(dir / "claimed", "", Overwrite::kAllow);
  while (!std::filesystem::exists(dir / "go")) ::usleep(1000);
  ::_exit(0);
}

TEST(Query, AsksAboutWhatAnotherProcessClaimedAndDroppedOnceTheRestIsAnswered) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 20), 50);
  FakeVictim victim(3);
  const Target target{Digest::from_hex(victim.info().victim.id), AnswerKind::kEmbedding};
  const pid_t child = claim_and_die(dir, images, target);
  while (!std::filesystem::exists(dir / "claimed")) ::usleep(1000);
  AnswerCache cache(dir / "cache", Access::kWrite);
  std::uint64_t answered = 0;
  QueryOptions options;
  options.cache = &cache;
  options.progress = [&](std::uint64_t more) {
    answered += more;
    if (answered == 16) {  // what was free
      EXPECT_EQ(victim.asked(), range(54, 70));
      write_file(dir / "go", "", Overwrite::kAllow);
    }
  };
  expect_right(ask(victim, images, options), range(0, 20));
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(victim.asked(), range(50, 70));
  EXPECT_EQ(victim.largest_call_, 3U);
  const Counts counts = cache.ledger().at(0).counts;
  EXPECT_EQ(counts.sent, 24U);
  EXPECT_EQ(counts.answered, 20U);
  EXPECT_EQ(counts.ambiguous, 4U);
}

TEST(Query, SaysHowManyAnswersAreMissingWhereTheBudgetEnds) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 20000));
  const FakeVictim victim(16);
  AnswerCache cache(dir / "cache", Access::kWrite);
  const std::string message = test::thrown<Incomplete>([&] {
    query_images(victim, images, {1, &cache, {"attack", 100}}, [](const Answers&) {});
  });
  EXPECT_NE(message.find("the budget of 100 calls of the account 'attack' is spent, answers still "
                         "missing: 19900"),
            std::string::npos)
      << message;
  EXPECT_EQ(cache.answers(), 100U);
}

TEST(Query, KeepsWhatWasAnsweredBesideWhatWasNot) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 10));
  FakeVictim victim(10);
  victim.broken_ = 6;
  const auto nothing = [](const Answers&) { FAIL() << "delivered"; };
  EXPECT_NE(test::thrown<Error>([&] {
              query_images(victim, images, {}, nothing);
            }).find("fake: did not answer about record 6: no answer came"),
            std::string::npos);
  AnswerCache cache(dir / "cache", Access::kWrite);
  EXPECT_NE(test::thrown<Incomplete>([&] {
              query_images(victim, images, {1, &cache}, nothing);
            }).find("fake: did not answer about record 6: no answer came; run again"),
            std::string::npos);
  EXPECT_EQ(cache.ledger().at(0).counts.answered, 9U);
  EXPECT_EQ(cache.ledger().at(0).counts.failed, 1U);
  victim.broken_ = UINT64_MAX;
  victim.forget();
  expect_right(ask(victim, images, {1, &cache}), range(0, 10));
  EXPECT_EQ(victim.asked(), range(6, 7));
}

TEST(Query, RefusesAVictimThatLosesAnOutcome) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", range(0, 10));
  FakeVictim victim;
  victim.short_ = true;
  EXPECT_THROW(ask(victim, images), Error);
  AnswerCache cache(dir / "cache", Access::kWrite);
  EXPECT_THROW(ask(victim, images, {1, &cache}), Error);
  EXPECT_EQ(cache.ledger().at(0).counts.failed, cache.ledger().at(0).counts.sent);
}

}  // namespace
}  // namespace cs::answers
