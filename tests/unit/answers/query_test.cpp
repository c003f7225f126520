#include "answers/query.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>

#include "answers/queries.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;

/// Answers with the first two pixel values of an image, and notes what it was asked.
class FakeVictim : public Victim {
 public:
  explicit FakeVictim(std::size_t most = 4, int side_by_side = 1)
      : most_(most), side_by_side_(side_by_side) {
    info_.victim.id = std::string(32, 'a');
    info_.victim.kind = "fake";
  }

  std::vector<Outcome> ask(const std::vector<Query>& queries) const override {
    std::vector<Outcome> outcomes;
    const std::lock_guard lock(mutex_);
    largest_call_ = std::max(largest_call_, queries.size());
    for (const Query& query : queries) {
      asked_.push_back(query.id);
      if (query.id == broken_)
        outcomes.push_back(Outcome::failed("no answer came"));
      else
        outcomes.push_back(Outcome::answered(
            {static_cast<float>(query.pixels[0]), static_cast<float>(query.pixels[1])}));
    }
    if (short_ && !outcomes.empty()) outcomes.pop_back();
    return outcomes;
  }
  std::size_t most() const override { return most_; }
  int side_by_side() const override { return side_by_side_; }
  int input_size() const override { return 8; }
  const std::string& name() const override { return name_; }
  const AnswerInfo& info() const override { return info_; }

  std::vector<std::uint64_t> asked() const {
    std::vector<std::uint64_t> ids = asked_;
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  void forget() { asked_.clear(); }

  std::uint64_t broken_ = UINT64_MAX;  ///< the record about which it does not answer
  bool short_ = false;                 ///< it forgets an outcome
  mutable std::size_t largest_call_ = 0;

 private:
  std::size_t most_;
  int side_by_side_;
  std::string name_ = "fake";
  AnswerInfo info_;
  mutable std::mutex mutex_;
  mutable std::vector<std::uint64_t> asked_;
};

/// Raw images of 4 x 4, record i being image number `numbers[i]`, with ids from `first` on.
Dataset images_of(const std::filesystem::path& path, const std::vector<std::uint64_t>& numbers,
                  std::uint64_t first = 0) {
  store::Header header;
  header.first = first;
  header.columns = {store::image_spec(4, 4)};
  store::Writer writer(path, Overwrite::kAllow, header);
  for (const std::uint64_t number : numbers)
    writer.append(store::Column::kImage, test::pixels_of(number, 48).data(), 1);
  writer.close();
  return Dataset({path});
}

std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> numbers;
  for (; from < to; ++from) numbers.push_back(from);
  return numbers;
}

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
        ASSERT_EQ(query.pixels[0], test::pixels_of(query.id - 30, 48)[0]);
      }
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

TEST(Estimate, CountsWithoutAskingOrWriting) {
  const test::TempDir dir;
  const Dataset images = images_of(dir / "i.lmdb", {0, 1, 0, 2, 1, 0});
  const FakeVictim victim(2);
  const std::filesystem::path folder = dir / "cache";
  const Json before = estimate(victim, images, {folder, {"attack", 2}, 0.5, 1});
  EXPECT_EQ(before.at("images"), 6);
  EXPECT_EQ(before.at("distinct"), 3);
  EXPECT_EQ(before.at("calls"), 3);
  EXPECT_EQ(before.at("price"), 1.5);
  EXPECT_EQ(before.at("budget_left"), 2);
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_TRUE(victim.asked().empty());
  EXPECT_EQ(estimate(victim, images, {}).at("calls"), 6);
  EXPECT_TRUE(estimate(victim, images, {}).at("budget_left").is_null());
  {
    AnswerCache cache(folder, Access::kWrite);
    EXPECT_THROW(ask(victim, images, {1, &cache, {"attack", 2}}), Incomplete);
    ask(victim, images, {1, &cache, {"attack", 3}});
  }
  const Json after = estimate(victim, images, {folder, {"attack", 5}, 0.5, 1});
  EXPECT_EQ(after.at("cached"), 3);
  EXPECT_EQ(after.at("calls"), 0);
  EXPECT_EQ(after.at("budget_left"), 2);
  EXPECT_EQ(estimate(victim, images, {folder, {"other", 5}, 0.5, 1}).at("budget_left"), 5);
}

}  // namespace
}  // namespace cs::answers
