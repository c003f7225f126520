#include "answers/asker.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <thread>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/random.hpp"
#include "support/digests.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using cs::test::numbers;
using cs::test::TempDir;
using cs::test::thrown;
using std::chrono::microseconds;
using std::chrono::milliseconds;

using Images = std::vector<Digest>;

const Target kAsked{{1, 2}, AnswerKind::kEmbedding};

/// A victim that takes a millisecond an image and writes down every image that it saw.
class SlowVictim {
 public:
  explicit SlowVictim(const std::filesystem::path& log)
      : fd_(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600)) {}
  ~SlowVictim() { ::close(fd_); }
  SlowVictim(const SlowVictim&) = delete;
  SlowVictim& operator=(const SlowVictim&) = delete;

  std::vector<Outcome> operator()(const Images& images) const {
    std::vector<Outcome> answers;
    for (const Digest& image : images) {
      if (::write(fd_, &image.high, 8) != 8) throw Error("log", "cannot write");
      std::this_thread::sleep_for(milliseconds(1));
      answers.push_back(Outcome::answered({static_cast<float>(image.high), -1}));
    }
    return answers;
  }

  /// The images in the order in which they were seen.
  static std::vector<std::uint64_t> seen(const std::filesystem::path& log) {
    if (!std::filesystem::exists(log)) return {};
    const std::string bytes = read_file(log);
    std::vector<std::uint64_t> images(bytes.size() / 8);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(images.data()));
    return images;
  }

 private:
  int fd_;
};

/// Returns when the cache holds an answer to every image of `wanted`.
void ask_missing(AnswerCache& cache, const Account& account, Images wanted, std::size_t group,
                 const Ask& ask) {
  Asker asker(cache, kAsked, account, group);
  const Ended ended = asker.ask_all(wanted, ask);
  if (ended == Ended::kBudget) asker.refuse_for_budget(cache.missing(kAsked, wanted).size());
  ASSERT_EQ(ended, Ended::kDone);
  ASSERT_TRUE(wanted.empty());
}

/// Asks about `wanted` as a process of its own; it exits with 0, or 4 if the budget is spent.
pid_t start(const TempDir& dir, const Images& wanted, const Account& account = {}) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int status = 0;
  try {
    AnswerCache cache(dir / "cache", Access::kWrite);
    const SlowVictim victim(dir / "log");
    ask_missing(cache, account, wanted, 16, [&](const Images& i) { return victim(i); });
  } catch (const Incomplete&) {
    status = 4;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    status = 1;
  }
  ::_exit(status);
}

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Counts counts_of(const AnswerCache& cache) {
  const auto rows = cache.ledger();
  return rows.empty() ? Counts() : rows.front().counts;
}

void expect_right_answers(const AnswerCache& cache, const Images& images) {
  std::vector<float> answers;
  cache.read(kAsked, images.data(), images.size(), answers);
  ASSERT_EQ(answers.size(), 2 * images.size());
  for (std::size_t i = 0; i < images.size(); ++i)
    ASSERT_EQ(answers[2 * i], static_cast<float>(images[i].high));
}

TEST(Asker, AsksOnlyWhatIsMissing) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  const SlowVictim victim(dir / "log");
  const Ask ask = [&](const Images& images) { return victim(images); };
  ask_missing(cache, {}, numbers(0, 20), 8, ask);
  ask_missing(cache, {}, numbers(10, 20), 8, ask);
  ask_missing(cache, {}, numbers(0, 30), 8, ask);
  EXPECT_EQ(SlowVictim::seen(dir / "log").size(), 30U);
  expect_right_answers(cache, numbers(0, 30));
}

TEST(Asker, StopsAtTheBudgetAndGoesOnWithALargerOne) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  const SlowVictim victim(dir / "log");
  const auto ask_within = [&](std::uint64_t budget) {
    ask_missing(cache, {"attack", budget}, numbers(0, 30), 8,
                [&](const Images& images) { return victim(images); });
  };
  EXPECT_NE(thrown<Incomplete>([&] { ask_within(12); })
                .find("the budget of 12 calls of the account 'attack' is spent, answers still "
                      "missing: 18; run again with a larger `budget`"),
            std::string::npos);
  EXPECT_EQ(cache.answers(), 12U);
  EXPECT_THROW(ask_within(12), Incomplete);
  EXPECT_EQ(SlowVictim::seen(dir / "log").size(), 12U);
  ask_within(30);
  EXPECT_EQ(SlowVictim::seen(dir / "log").size(), 30U);
  ask_within(0);  // nothing is missing
}

TEST(Asker, CountsAGroupAsFailedIfTheVictimFails) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  int asked = 0;
  const auto ask = [&](const Images& images) {
    if (asked++ == 1) throw DataError("victim", "is out of sorts");
    return std::vector<Outcome>(images.size(), Outcome::answered({1}));
  };
  EXPECT_EQ(thrown<DataError>([&] { ask_missing(cache, {}, numbers(0, 9), 2, ask); }),
            "victim: is out of sorts");
  EXPECT_EQ(cache.answers(), 2U);
  const Counts counts = counts_of(cache);
  EXPECT_EQ(counts.sent, 2 + counts.failed);
  EXPECT_GT(counts.failed, 0U);
  EXPECT_EQ(counts.ambiguous, 0U);
  ask_missing(cache, {}, numbers(0, 9), 2, ask);
  EXPECT_EQ(cache.answers(), 9U);
}

TEST(Asker, KeepsWhatWasAnsweredAndStopsAtWhatWasNot) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  int calls = 0;
  const Ask ask = [&](const Images& images) {
    std::vector<Outcome> outcomes(images.size(), Outcome::answered({1}));
    if (++calls == 2) {
      outcomes.at(1) = Outcome::failed("too large");
      outcomes.at(2) = Outcome::ambiguous("the line went dead");
    }
    return outcomes;
  };
  Images wanted = numbers(0, 20);
  Asker asker(cache, kAsked, {}, 4);
  EXPECT_EQ(asker.ask_all(wanted, ask), Ended::kUnanswered);
  EXPECT_EQ(calls, 2);
  const Counts counts = counts_of(cache);
  EXPECT_EQ(counts.sent, 12U);  // 4, then 8
  EXPECT_EQ(counts.answered, 10U);
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(counts.ambiguous, 1U);
  EXPECT_EQ(cache.missing(kAsked, numbers(0, 12)), (Images{numbers(5, 1)[0], numbers(6, 1)[0]}));
  wanted = numbers(0, 20);
  EXPECT_EQ(asker.ask_all(wanted, ask), Ended::kDone);
  EXPECT_EQ(counts_of(cache).sent, 22U);
  EXPECT_EQ(cache.answers(), 20U);
}

TEST(Asker, LeavesToOthersWhatTheyHaveClaimed) {
  const TempDir dir;
  const pid_t claims = ::fork();
  if (claims == 0) {
    AnswerCache cache(dir / "cache", Access::kWrite);
    Images wanted = numbers(3, 4);
    cache.claim(kAsked, {}, wanted, 4);
    write_file(dir / "claimed", "", Overwrite::kAllow);
    ::pause();
  }
  while (!std::filesystem::exists(dir / "claimed")) std::this_thread::sleep_for(milliseconds(1));
  AnswerCache cache(dir / "cache", Access::kWrite);
  Asker asker(cache, kAsked, {}, 2);
  Images wanted = numbers(0, 10);
  const Ask ask = [](const Images& images) {
    return std::vector<Outcome>(images.size(), Outcome::answered({1}));
  };
  EXPECT_EQ(asker.ask(wanted, ask), Ended::kDone);
  EXPECT_EQ(wanted, numbers(3, 4));
  Images other_kind = numbers(0, 10);  // is nobody's
  Asker posteriors(cache, {kAsked.victim, AnswerKind::kPosterior}, {}, 2);
  EXPECT_EQ(posteriors.ask(other_kind, ask), Ended::kDone);
  EXPECT_TRUE(other_kind.empty());
  ::kill(claims, SIGKILL);
  EXPECT_EQ(status_of(claims), 128 + SIGKILL);
  EXPECT_EQ(asker.ask(wanted, ask), Ended::kDone);
  EXPECT_TRUE(wanted.empty());
}

TEST(Asker, AsksOnceHoweverManyProcessesWantTheSame) {
  const TempDir dir;
  std::vector<pid_t> children;
  for (const std::uint64_t first : {0U, 0U, 100U, 200U})
    children.push_back(start(dir, numbers(first, 400)));
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 0);
  const auto seen = SlowVictim::seen(dir / "log");
  EXPECT_EQ(seen.size(), 600U);
  EXPECT_EQ(std::set<std::uint64_t>(seen.begin(), seen.end()).size(), 600U);
  const AnswerCache cache(dir / "cache", Access::kRead);
  expect_right_answers(cache, numbers(0, 600));
  const Counts counts = counts_of(cache);
  EXPECT_EQ(counts.sent, 600U);
  EXPECT_EQ(counts.answered, 600U);
  EXPECT_EQ(counts.failed + counts.ambiguous, 0U);
}

TEST(Asker, SharesABudgetAmongProcesses) {
  const TempDir dir;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) children.push_back(start(dir, numbers(0, 400), {"attack", 150}));
  for (const pid_t child : children) EXPECT_EQ(status_of(child), 4);
  EXPECT_EQ(SlowVictim::seen(dir / "log").size(), 150U);
}

TEST(Asker, TakesOverFromAKilledProcessWhileItWaits) {
  const TempDir dir;
  const pid_t claims = ::fork();
  if (claims == 0) {
    AnswerCache cache(dir / "cache", Access::kWrite);
    Images wanted = numbers(0, 10);
    cache.claim(kAsked, {}, wanted, 10);
    write_file(dir / "claimed", "", Overwrite::kAllow);
    ::pause();
  }
  while (!std::filesystem::exists(dir / "claimed")) std::this_thread::sleep_for(milliseconds(1));
  const pid_t waits = start(dir, numbers(0, 20));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_LE(SlowVictim::seen(dir / "log").size(), 10U);  // those that nobody had claimed
  ::kill(claims, SIGKILL);
  EXPECT_EQ(status_of(claims), 128 + SIGKILL);
  EXPECT_EQ(status_of(waits), 0);
  EXPECT_EQ(SlowVictim::seen(dir / "log").size(), 20U);
  const AnswerCache cache(dir / "cache", Access::kWrite);
  const Counts counts = counts_of(cache);
  EXPECT_EQ(counts.sent, 30U);
  EXPECT_EQ(counts.answered, 20U);
  EXPECT_EQ(counts.ambiguous, 10U);
}

/// Kills a process 40 times, whatever it is doing, and checks the ledger against what the victim
/// saw after each.
void kill_and_check(const TempDir& dir, const Images& images, const Account& account,
                    std::uint64_t seed) {
  Random random(seed, Purpose::kSample, 0);
  std::set<std::uint64_t> committed;
  for (int round = 0; round < 40; ++round) {
    const std::size_t before = SlowVictim::seen(dir / "log").size();
    const pid_t child = start(dir, images, account);
    std::this_thread::sleep_for(microseconds(random.below(80000)));
    ::kill(child, SIGKILL);
    const int status = status_of(child);
    ASSERT_TRUE(status == 128 + SIGKILL || status == 0 || status == 4) << status;

    AnswerCache cache(dir / "cache", Access::kWrite);
    const auto seen = SlowVictim::seen(dir / "log");
    for (std::size_t i = before; i < seen.size(); ++i)
      ASSERT_EQ(committed.count(seen[i]), 0U) << "a committed answer was asked again";
    cache.check();
    const Counts counts = counts_of(cache);
    ASSERT_EQ(counts.sent, counts.answered + counts.failed + counts.ambiguous);
    ASSERT_EQ(counts.answered, cache.answers());
    ASSERT_GE(counts.sent, seen.size());
    ASSERT_LE(counts.sent, account.budget.value());
    const Images missing = cache.missing(kAsked, images);
    const std::set<std::uint64_t> left = [&] {
      std::set<std::uint64_t> ids;
      for (const Digest& image : missing) ids.insert(image.high);
      return ids;
    }();
    for (const Digest& image : images) {
      const bool answered = left.count(image.high) == 0;
      ASSERT_TRUE(answered || committed.count(image.high) == 0) << "an answer was lost";
      if (answered) committed.insert(image.high);
    }
  }
}

TEST(Asker, AsksNoCommittedAnswerAgainHoweverOftenItIsKilled) {
  const TempDir dir;
  const Images images = numbers(0, 1000);
  kill_and_check(dir, images, {"attack", 100000}, 1);
  EXPECT_EQ(status_of(start(dir, images, {"attack", 100000})), 0);
  const AnswerCache cache(dir / "cache", Access::kRead);
  expect_right_answers(cache, images);
  const Counts counts = counts_of(cache);
  EXPECT_EQ(counts.answered, 1000U);
  EXPECT_GT(counts.ambiguous, 0U);
  std::map<std::uint64_t, std::size_t> times;
  for (const std::uint64_t image : SlowVictim::seen(dir / "log")) ++times[image];
  std::size_t again = 0;
  for (const auto& [image, n] : times) again += n - 1;
  EXPECT_LE(again, counts.ambiguous);  // only what was in flight
}

TEST(Asker, NeverExceedsTheBudgetHoweverOftenItIsKilled) {
  const TempDir dir;
  kill_and_check(dir, numbers(0, 1000), {"attack", 300}, 2);
  EXPECT_EQ(status_of(start(dir, numbers(0, 1000), {"attack", 300})), 4);
  EXPECT_EQ(counts_of(AnswerCache(dir / "cache", Access::kRead)).sent, 300U);
}

}  // namespace
}  // namespace cs::answers
