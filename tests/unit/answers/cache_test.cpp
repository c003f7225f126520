#include "answers/cache.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "store/env.hpp"
#include "support/digests.hpp"
#include "support/file_limit.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using cs::test::number;
using cs::test::numbers;
using cs::test::TempDir;
using cs::test::thrown;

using Images = std::vector<Digest>;

std::vector<float> answers_to(const Images& images, std::size_t width = 4) {
  std::vector<float> answers;
  for (const Digest& image : images) {
    const std::vector<float> one = cs::test::vector_of(image.high, width);
    answers.insert(answers.end(), one.begin(), one.end());
  }
  return answers;
}

std::vector<Outcome> outcomes(const Images& images, std::size_t width = 4) {
  std::vector<Outcome> all;
  for (const Digest& image : images)
    all.push_back(Outcome::answered(cs::test::vector_of(image.high, width)));
  return all;
}

const Target kTarget{number(77), AnswerKind::kEmbedding};

void fill(AnswerCache& cache, Images images, std::size_t width = 4,
          const Target& target = kTarget) {
  const auto claimed = cache.claim(target, {}, images, images.size());
  cache.settle(outcomes(claimed.images, width));
}

std::vector<float> read(const AnswerCache& cache, const Images& images,
                        const Target& target = kTarget) {
  std::vector<float> out;
  cache.read(target, images.data(), images.size(), out);
  return out;
}

std::string text(const AnswerCache& cache) {
  std::string lines;
  for (const LedgerRow& row : cache.ledger())
    lines += row.account + " " + std::to_string(row.counts.sent) + " " +
             std::to_string(row.counts.answered) + " " + std::to_string(row.counts.failed) + " " +
             std::to_string(row.counts.ambiguous) + ";";
  return lines;
}

/// Opens the file of a closed cache as LMDB does, to change what it holds.
void change(const std::filesystem::path& folder, const char* database, const std::string& key,
            const std::string& value) {
  const store::Env env = store::Env::open_shared(folder, Access::kWrite);
  store::Txn txn(env, store::Txn::Mode::kWrite);
  ASSERT_EQ(txn.put(txn.open(database), key, value, 0), MDB_SUCCESS);
  ASSERT_EQ(txn.commit(), MDB_SUCCESS);
}

std::pair<std::string, std::string> first_of(const std::filesystem::path& folder,
                                             const char* database) {
  const store::Env env = store::Env::open_shared(folder, Access::kRead);
  store::Txn txn(env, store::Txn::Mode::kRead);
  std::pair<std::string, std::string> found;
  txn.for_each(txn.open(database), [&](std::string_view key, std::string_view value) {
    if (found.first.empty()) found = {std::string(key), std::string(value)};
  });
  return found;
}

TEST(AnswerCache, ReturnsWhatWasCommitted) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  const Images images = numbers(0, 10);
  EXPECT_EQ(cache.missing(kTarget, images), images);
  fill(cache, numbers(3, 4));
  EXPECT_EQ(cache.missing(kTarget, images),
            (Images{number(0), number(1), number(2), number(7), number(8), number(9)}));
  EXPECT_EQ(read(cache, numbers(3, 4)), answers_to(numbers(3, 4)));
  EXPECT_EQ(read(cache, {number(6), number(3)}), answers_to({number(6), number(3)}));
  EXPECT_EQ(cache.answers(), 4U);
  EXPECT_THROW(read(cache, images), DataError);
  cache.check();
}

TEST(AnswerCache, KeepsAnswersAfterItIsClosed) {
  const TempDir dir;
  { AnswerCache(dir / "cache", Access::kWrite); }
  {
    AnswerCache cache(dir / "cache", Access::kWrite);
    fill(cache, numbers(0, 10));
  }
  const AnswerCache cache(dir / "cache", Access::kRead);
  EXPECT_EQ(read(cache, numbers(0, 10)), answers_to(numbers(0, 10)));
  EXPECT_EQ(text(cache), "attack 10 10 0 0;");
}

TEST(AnswerCache, TellsVictimsAndKindsApart) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  fill(cache, numbers(0, 2));
  const Target other{number(78), AnswerKind::kEmbedding};
  const Target posterior{kTarget.victim, AnswerKind::kPosterior};
  EXPECT_EQ(cache.missing(other, numbers(0, 2)).size(), 2U);
  EXPECT_EQ(cache.missing(posterior, numbers(0, 2)).size(), 2U);
  fill(cache, numbers(0, 2), 7, posterior);
  EXPECT_EQ(read(cache, numbers(0, 2), posterior), answers_to(numbers(0, 2), 7));
  EXPECT_EQ(read(cache, numbers(0, 2)), answers_to(numbers(0, 2)));
}

TEST(AnswerCache, GrowsWithWhatItHolds) {
  const TempDir dir;
  {
    AnswerCache cache(dir / "cache", Access::kWrite);
    for (std::uint64_t first = 0; first < 90; first += 10)
      fill(cache, numbers(first, 10), 1U << 18U);  // 1 MiB each
  }
  EXPECT_GT(std::filesystem::file_size(dir / "cache" / "data.mdb"), std::uintmax_t{90} << 20U);
  const AnswerCache cache(dir / "cache", Access::kRead);
  cache.check();
  EXPECT_EQ(read(cache, {number(89)}), answers_to({number(89)}, 1U << 18U));
}

TEST(AnswerCache, FollowsAnotherProcessThatGrowsIt) {
  const TempDir dir;
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    char byte = 0;
    if (::read(go[0], &byte, 1) != 1) ::_exit(1);
    AnswerCache cache(dir / "cache", Access::kWrite);
    fill(cache, numbers(0, 40), 1U << 18U);  // 40 MiB
    ::_exit(0);
  }
  AnswerCache cache(dir / "cache", Access::kWrite);
  fill(cache, numbers(100, 1));
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(read(cache, {number(39)}), answers_to({number(39)}, 1U << 18U));
  fill(cache, numbers(40, 40), 1U << 18U);
  EXPECT_EQ(cache.answers(), 81U);
  cache.check();
  ::close(go[0]);
  ::close(go[1]);
}

TEST(AnswerCache, CountsEverythingSent) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  Images wanted = numbers(0, 10);
  EXPECT_EQ(cache.claim(kTarget, {}, wanted, 4).images, numbers(0, 4));
  EXPECT_EQ(wanted, numbers(4, 6));
  EXPECT_EQ(text(cache), "attack 4 0 0 0;");  // before anything is asked
  EXPECT_THROW(cache.claim(kTarget, {}, wanted, 4), Error);
  EXPECT_THROW(cache.settle(outcomes(numbers(0, 3))), Error);
  cache.fail();
  EXPECT_EQ(text(cache), "attack 4 0 4 0;");
  wanted = numbers(0, 10);
  EXPECT_EQ(cache.claim(kTarget, {"evaluation", {}}, wanted, 100).images, numbers(0, 10));
  EXPECT_TRUE(wanted.empty());
  cache.settle(outcomes(numbers(0, 10)));
  EXPECT_EQ(text(cache), "attack 4 0 4 0;evaluation 10 10 0 0;");
}

TEST(AnswerCache, TakesOutOfWantedWhatHasAnAnswer) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  fill(cache, numbers(0, 5));
  Images wanted = numbers(0, 5);
  const auto claimed = cache.claim(kTarget, {"attack", 5}, wanted, 100);
  EXPECT_TRUE(claimed.images.empty());
  EXPECT_FALSE(claimed.budget_spent);
  EXPECT_TRUE(wanted.empty());
  EXPECT_EQ(text(cache), "attack 5 5 0 0;");
}

TEST(AnswerCache, NeverClaimsMoreThanTheBudgetAllows) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  Images wanted = numbers(0, 10);
  const Account account{"attack", 7};
  EXPECT_EQ(cache.claim(kTarget, account, wanted, 5).images, numbers(0, 5));
  cache.fail();  // counts all the same
  const auto some = cache.claim(kTarget, account, wanted, 5);
  EXPECT_EQ(some.images, numbers(5, 2));
  EXPECT_TRUE(some.budget_spent);
  EXPECT_EQ(wanted, numbers(7, 3));
  cache.settle(outcomes(some.images));
  const auto none = cache.claim(kTarget, account, wanted, 5);
  EXPECT_TRUE(none.images.empty());
  EXPECT_TRUE(none.budget_spent);
  EXPECT_EQ(wanted, numbers(7, 3));
  EXPECT_EQ(text(cache), "attack 7 2 5 0;");
  EXPECT_EQ(cache.claim(kTarget, {"attack", 3}, wanted, 5).images.size(), 0U);
  EXPECT_EQ(cache.claim(kTarget, {"other", 3}, wanted, 5).images, numbers(7, 3));
  cache.fail();
  EXPECT_FALSE(cache.claim(kTarget, {"attack", 10}, wanted = numbers(7, 3), 5).budget_spent);
}

TEST(AnswerCache, CountsAnUnsettledClaimAsAmbiguousOnce) {
  const TempDir dir;
  {
    AnswerCache cache(dir / "cache", Access::kWrite);
    Images wanted = numbers(0, 10);
    cache.claim(kTarget, {}, wanted, 4);
  }
  EXPECT_EQ(text(AnswerCache(dir / "cache", Access::kRead)), "attack 4 0 0 4;");
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(text(AnswerCache(dir / "cache", Access::kWrite)), "attack 4 0 0 4;");
  AnswerCache cache(dir / "cache", Access::kWrite);
  Images wanted = numbers(0, 10);
  EXPECT_EQ(cache.claim(kTarget, {"attack", 9}, wanted, 100).images, numbers(0, 5));
}

TEST(AnswerCache, FindsEveryKindOfDamage) {
  const TempDir dir;
  const auto make = [&] {
    std::filesystem::remove_all(dir / "cache");
    AnswerCache cache(dir / "cache", Access::kWrite);
    fill(cache, numbers(1, 1));
    Images wanted = numbers(2, 1);
    cache.claim(kTarget, {}, wanted, 1);
  };
  for (const char* database : {"answers", "ledger", "claims"}) {
    make();
    const auto [key, value] = first_of(dir / "cache", database);
    for (std::size_t at = 0; at < value.size(); at += 3) {
      std::string damaged = value;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      change(dir / "cache", database, key, damaged);
      const AnswerCache cache(dir / "cache", Access::kRead);
      const std::string message = thrown<DataError>([&] { cache.check(); });
      EXPECT_NE(message.find("is damaged: its checksum does not match"), std::string::npos)
          << message;
      EXPECT_EQ(database == std::string("answers"),
                message.find("the answer with the key") != std::string::npos);
    }
    change(dir / "cache", database, key, value.substr(0, 5));
    EXPECT_THROW(AnswerCache(dir / "cache", Access::kRead).check(), DataError);
  }
  make();
  auto [key, value] = first_of(dir / "cache", "answers");
  key.back() = static_cast<char>(key.back() ^ 1);  // an answer to another image
  change(dir / "cache", "answers", key, value);
  Digest image = number(1);
  image.low ^= 1U;
  const AnswerCache cache(dir / "cache", Access::kRead);
  EXPECT_THROW(read(cache, {image}), DataError);
  EXPECT_EQ(read(cache, {number(1)}), answers_to({number(1)}));
}

TEST(AnswerCache, RefusesAnswersOfDifferentLengths) {
  const TempDir dir;
  AnswerCache cache(dir / "cache", Access::kWrite);
  fill(cache, numbers(0, 1), 4);
  fill(cache, numbers(1, 1), 5);
  EXPECT_THROW(read(cache, numbers(0, 2)), DataError);
}

TEST(AnswerCache, RefusesALaterFormat) {
  const TempDir dir;
  { AnswerCache(dir / "cache", Access::kWrite); }
  change(dir / "cache", "meta", "format", R"({"format":3})");
  for (const Access access : {Access::kRead, Access::kWrite}) {
    const std::string message = thrown<DataError>([&] { AnswerCache(dir / "cache", access); });
    EXPECT_NE(message.find("is of answer cache format 3, this program reads formats 1 and 2"),
              std::string::npos)
        << message;
  }
  for (const char* text : {"", "{}", "[]", "1", R"({"format":"1"})", R"({"format":-1})"}) {
    change(dir / "cache", "meta", "format", text);
    EXPECT_THROW(AnswerCache(dir / "cache", Access::kWrite), DataError) << text;
  }
}

TEST(AnswerCache, RefusesWhatIsNotOne) {
  const TempDir dir;
  EXPECT_THROW(AnswerCache(dir / "none", Access::kRead), Error);
  EXPECT_THROW(AnswerCache(dir / "none" / "cache", Access::kWrite), Error);
  write_file(dir / "file", "hello", Overwrite::kRefuse);
  EXPECT_THROW(AnswerCache(dir / "file", Access::kWrite), DataError);
  std::filesystem::create_directory(dir / "photos");
  write_file(dir / "photos" / "1.jpg", "hello", Overwrite::kRefuse);
  EXPECT_THROW(AnswerCache(dir / "photos", Access::kWrite), DataError);
  EXPECT_FALSE(is_answer_cache(dir / "photos"));
  std::filesystem::create_directory(dir / "foreign");
  {
    const store::Env env = store::Env::open_shared(dir / "foreign", Access::kWrite);
    store::Txn txn(env, store::Txn::Mode::kWrite);
    MDB_dbi dbi = 0;
    ASSERT_EQ(txn.create("images", dbi), MDB_SUCCESS);
    ASSERT_EQ(txn.commit(), MDB_SUCCESS);
  }
  EXPECT_TRUE(is_answer_cache(dir / "foreign"));
  for (const Access access : {Access::kRead, Access::kWrite})
    EXPECT_THROW(AnswerCache(dir / "foreign", access), DataError);
  write_file(dir / "foreign" / "data.mdb", std::string(20000, 'x'), Overwrite::kAllow);
  EXPECT_THROW(AnswerCache(dir / "foreign", Access::kWrite), DataError);
}

TEST(AnswerCache, RefusesAFileThatIsCutShort) {
  const TempDir dir;
  {
    AnswerCache cache(dir / "cache", Access::kWrite);
    fill(cache, numbers(0, 1000));
  }
  const auto size = std::filesystem::file_size(dir / "cache" / "data.mdb");
  for (std::uintmax_t left : {size - 1, size / 2, std::uintmax_t{8192}, std::uintmax_t{100}}) {
    std::filesystem::resize_file(dir / "cache" / "data.mdb", left);
    EXPECT_THROW(AnswerCache(dir / "cache", Access::kWrite), DataError) << left;
  }
}

TEST(AnswerCache, IsOpenedOnceAProcess) {
  const TempDir dir;
  const AnswerCache cache(dir / "cache", Access::kWrite);
  EXPECT_THROW(AnswerCache(dir / "cache", Access::kRead), Error);
}

TEST(AnswerCache, SaysThatTheDiskIsFullAndKeepsWhatWasCommitted) {
  const TempDir dir;
  {
    AnswerCache cache(dir / "cache", Access::kWrite);
    fill(cache, numbers(0, 10));
    Images wanted = numbers(10, 1000);
    cache.claim(kTarget, {}, wanted, 1000);
    const cs::test::FileSizeLimit full(200000);
    const std::string message =
        thrown<Error>([&] { cache.settle(outcomes(numbers(10, 1000), 512)); });
    EXPECT_NE(message.find("make room and run again"), std::string::npos) << message;
  }
  AnswerCache cache(dir / "cache", Access::kWrite);
  EXPECT_EQ(read(cache, numbers(0, 10)), answers_to(numbers(0, 10)));
  EXPECT_EQ(text(cache), "attack 1010 10 0 1000;");
  cache.check();
}

TEST(Account, HasANameThatIsSafeEverywhere) {
  for (const char* name : {"attack", "A.b_c-9", "x"}) EXPECT_NO_THROW(parse_account("a", name));
  const std::string longest(64, 'x');
  EXPECT_NO_THROW(parse_account("a", longest));
  for (const std::string& name : {std::string(), longest + "x", std::string("a b"),
                                  std::string("a/b"), std::string("\xC3\xA9")})
    EXPECT_EQ(thrown<UsageError>([&] { parse_account("--account", name); }),
              "--account: '" + printable(name) +
                  "' is not 1 to 64 letters, digits, dots, underscores and hyphens");
}

}  // namespace
}  // namespace cs::answers
