#include "answers/merge.hpp"

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <functional>
#include <limits>

#include "answers/difference.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/random.hpp"
#include "store/bytes.hpp"
#include "store/env.hpp"
#include "store/tables.hpp"
#include "support/digests.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

namespace fs = std::filesystem;

using cs::test::number;
using cs::test::numbers;
using cs::test::TempDir;
using cs::test::thrown;

const Target kMerged{number(77), AnswerKind::kEmbedding};

/// Asks through the cache in `folder` about `images`, of which image n is answered n + `shift`.
void ask_through(const fs::path& folder, std::vector<Digest> images,
                 const std::string& account = "attack", float shift = 0, std::size_t width = 2,
                 const Target& target = kMerged) {
  AnswerCache cache(folder, Access::kWrite);
  const auto claimed = cache.claim(target, {account, {}}, images, images.size());
  std::vector<Outcome> outcomes;
  for (const Digest& image : claimed.images)
    outcomes.push_back(
        Outcome::answered(std::vector<float>(width, static_cast<float>(image.high) + shift)));
  if (!claimed.images.empty()) cache.settle(outcomes);
}

std::vector<Merged> merge(const fs::path& cache, const std::vector<fs::path>& folders) {
  const auto others = open_others(cache, folders);
  return AnswerCache(cache, Access::kWrite).merge(others);
}

std::string ledger(const fs::path& folder) {
  std::string lines;
  for (const LedgerRow& row : AnswerCache(folder, Access::kRead).ledger())
    lines += row.account + " " + std::to_string(row.counts.sent) + " " +
             std::to_string(row.counts.answered) + " " + std::to_string(row.counts.failed) + " " +
             std::to_string(row.counts.ambiguous) + ";";
  return lines;
}

std::vector<float> answers_in(const fs::path& folder, const std::vector<Digest>& images) {
  std::vector<float> out;
  AnswerCache(folder, Access::kRead).read(kMerged, images.data(), images.size(), out);
  return out;
}

std::uint64_t count_of(const fs::path& folder) {
  return AnswerCache(folder, Access::kRead).answers();
}

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

/// Opens the file of a closed cache as LMDB does, and calls `change` on one of its tables.
void change_table(const fs::path& folder, const char* table,
                  const std::function<void(MDB_txn*, MDB_dbi)>& change) {
  const store::Env env = store::Env::open_shared(folder, Access::kWrite);
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  ASSERT_EQ(mdb_txn_begin(env.get(), nullptr, 0, &txn), MDB_SUCCESS);
  ASSERT_EQ(mdb_dbi_open(txn, table, 0, &dbi), MDB_SUCCESS);
  change(txn, dbi);
  ASSERT_EQ(mdb_txn_commit(txn), MDB_SUCCESS);
}

MDB_val value_of(std::string& bytes) { return {bytes.size(), bytes.data()}; }

/// What a cache looks like that an earlier version made.
void make_old(const fs::path& folder) {
  change_table(folder, "meta", [](MDB_txn* txn, MDB_dbi meta) {
    std::string identity = "identity";
    MDB_val key = value_of(identity);
    ASSERT_EQ(mdb_del(txn, meta, &key, nullptr), MDB_SUCCESS);
    MDB_dbi merged = 0;
    ASSERT_EQ(mdb_dbi_open(txn, "merged", 0, &merged), MDB_SUCCESS);
    ASSERT_EQ(mdb_drop(txn, merged, 1), MDB_SUCCESS);
  });
}

std::string format_of(const fs::path& folder) {
  const store::Env env = store::Env::open_shared(folder, Access::kRead);
  store::Txn txn(env, store::Txn::Mode::kRead);
  std::string_view value;
  return txn.get(txn.open("meta"), "format", value) ? std::string(value) : "none";
}

TEST(Merge, AddsAnswersAndCounts) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "b", numbers(5, 10));
  ask_through(dir / "b", numbers(100, 3), "evaluation");
  ask_through(dir / "c", numbers(20, 1));
  const std::vector<Merged> merged = merge(dir / "a", {dir / "b", dir / "c"});
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].from, dir / "b");
  EXPECT_EQ(merged[0].added, 8U);
  EXPECT_EQ(merged[0].equal, 5U);
  EXPECT_EQ(merged[0].different, 0U);
  EXPECT_EQ(merged[1].added, 1U);
  EXPECT_EQ(count_of(dir / "a"), 19U);
  EXPECT_EQ(answers_in(dir / "a", {number(14), number(102), number(20)}),
            (std::vector<float>{14, 14, 102, 102, 20, 20}));
  EXPECT_EQ(ledger(dir / "a"), "attack 21 21 0 0;evaluation 3 3 0 0;");
  EXPECT_EQ(ledger(dir / "b"), "attack 10 10 0 0;evaluation 3 3 0 0;");  // read only
  EXPECT_NE(AnswerCache(dir / "a", Access::kRead).summary().find("merged: 2 other caches\n"),
            std::string::npos);
  AnswerCache(dir / "a", Access::kRead).check();
}

TEST(Merge, CountsNothingTwiceWhicheverWayItComes) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "b", numbers(10, 5));
  for (int i = 0; i < 2; ++i) merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "attack 15 15 0 0;");
  merge(dir / "b", {dir / "a"});  // and back
  EXPECT_EQ(ledger(dir / "b"), "attack 15 15 0 0;");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "attack 15 15 0 0;");
  merge(dir / "c", {dir / "a", dir / "b"});  // by two ways
  EXPECT_EQ(ledger(dir / "c"), "attack 15 15 0 0;");
  ask_through(dir / "b", numbers(20, 3));  // what came later is counted, from an old copy it is not
  merge(dir / "c", {dir / "b", dir / "a"});
  EXPECT_EQ(ledger(dir / "c"), "attack 18 18 0 0;");
  EXPECT_EQ(count_of(dir / "c"), 18U);
  ask_through(dir / "c", numbers(0, 20));
  EXPECT_EQ(ledger(dir / "c"), "attack 23 23 0 0;");  // 15 to 19 were missing
}

TEST(Merge, TellsAccountsApartThatBeginAlike) {
  const TempDir dir;
  ask_through(dir / "b", numbers(0, 2), "a");
  ask_through(dir / "b", numbers(2, 3), "ab");
  ask_through(dir / "b", numbers(5, 4), "b");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "a 2 2 0 0;ab 3 3 0 0;b 4 4 0 0;");
  AnswerCache cache(dir / "a", Access::kWrite);
  for (const auto& [account, left] : {std::pair("a", 8U), {"ab", 7U}, {"b", 6U}}) {
    std::vector<Digest> wanted = numbers(50, 20);
    EXPECT_EQ(cache.claim(kMerged, {account, 10}, wanted, 20).images.size(), left) << account;
    cache.fail();
  }
}

TEST(Merge, HoldsTheBudgetOverAllCaches) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "b", numbers(10, 5));
  ask_through(dir / "b", numbers(30, 5), "attack", 0, 2, {number(78), AnswerKind::kEmbedding});
  merge(dir / "a", {dir / "b"});
  AnswerCache cache(dir / "a", Access::kWrite);
  std::vector<Digest> wanted = numbers(0, 40);
  const auto claimed = cache.claim(kMerged, {"attack", 17}, wanted, 40);
  EXPECT_EQ(claimed.images, numbers(15, 2));
  EXPECT_TRUE(claimed.budget_spent);
  cache.fail();
}

TEST(Merge, KeepsTheAnswersOfTheCacheWhereTheyDiffer) {
  const TempDir dir;
  ask_through(dir / "a", numbers(1, 3));
  ask_through(dir / "b", numbers(2, 1));
  ask_through(dir / "b", numbers(3, 4), "attack", 1.5F);
  const Merged merged = merge(dir / "a", {dir / "b"}).at(0);
  EXPECT_EQ(merged.added, 3U);
  EXPECT_EQ(merged.equal, 1U);
  EXPECT_EQ(merged.different, 1U);
  EXPECT_DOUBLE_EQ(merged.largest, 0.5);  // 4.5 for 3
  EXPECT_EQ(answers_in(dir / "a", numbers(3, 1)), (std::vector<float>{3, 3}));
}

TEST(Merge, RefusesAnswersOfAnotherLengthAndChangesNothing) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "good", numbers(10, 10));
  ask_through(dir / "b", numbers(20, 10), "attack", 0, 3);
  const std::string message = thrown<DataError>([&] {
    merge(dir / "a", {dir / "good", dir / "b"});
  });
  EXPECT_NE(message.find("has 3 numbers, others 2"), std::string::npos) << message;
  EXPECT_EQ(count_of(dir / "a"), 10U);
  EXPECT_EQ(ledger(dir / "a"), "attack 10 10 0 0;");
  ask_through(dir / "mixed", numbers(0, 1));
  ask_through(dir / "mixed", numbers(1, 1), "attack", 0, 3);
  EXPECT_THROW(merge(dir / "empty", {dir / "mixed"}), DataError);
  ask_through(dir / "b2", numbers(20, 10), "attack", 0, 3,
              {kMerged.victim, AnswerKind::kPosterior});
  EXPECT_EQ(merge(dir / "a", {dir / "b2"}).at(0).added, 10U);  // of another kind
}

TEST(Merge, FindsEveryKindOfDamageAndChangesNothing) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "c", numbers(10, 1));
  for (const char* table : {"answers", "ledger", "merged", "meta"}) {
    fs::remove_all(dir / "b");
    ask_through(dir / "b", numbers(20, 5));
    merge(dir / "b", {dir / "c"});
    std::string key;
    change_table(dir / "b", table, [&](MDB_txn* txn, MDB_dbi dbi) {
      MDB_cursor* cursor = nullptr;
      MDB_val k{};
      MDB_val v{};
      ASSERT_EQ(mdb_cursor_open(txn, dbi, &cursor), MDB_SUCCESS);
      ASSERT_EQ(mdb_cursor_get(cursor, &k, &v, MDB_LAST), MDB_SUCCESS);  // of meta: the identity
      key.assign(static_cast<const char*>(k.mv_data), k.mv_size);
      std::string damaged(static_cast<const char*>(v.mv_data), v.mv_size);
      mdb_cursor_close(cursor);
      damaged[2] = static_cast<char>(damaged[2] ^ 8);
      MDB_val put_key = value_of(key);
      MDB_val put_value = value_of(damaged);
      ASSERT_EQ(mdb_put(txn, dbi, &put_key, &put_value, 0), MDB_SUCCESS);
    });
    const std::string message = thrown<DataError>([&] { merge(dir / "a", {dir / "b"}); });
    EXPECT_NE(message.find("is damaged: its checksum does not match"), std::string::npos)
        << message;
    EXPECT_NE(message.find(hex(key)), std::string::npos) << message;
    EXPECT_THROW(AnswerCache(dir / "b", Access::kRead).check(), DataError) << table;
    EXPECT_EQ(count_of(dir / "a"), 10U);
    EXPECT_EQ(ledger(dir / "a"), "attack 10 10 0 0;");
  }
}

TEST(Merge, CountsWhatAnotherCacheHasInFlightAsAmbiguousUntilItIsMergedAgain) {
  const TempDir dir;
  {
    AnswerCache b(dir / "b", Access::kWrite);
    std::vector<Digest> wanted = numbers(0, 10);
    const auto claimed = b.claim(kMerged, {}, wanted, 4);
    copy_folder(dir / "b", dir / "copied");
    b.settle(std::vector<Outcome>(4, Outcome::answered({1, 2})));
  }
  merge(dir / "a", {dir / "copied"});
  EXPECT_EQ(ledger(dir / "a"), "attack 4 0 0 4;");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "attack 4 4 0 0;");
  merge(dir / "a", {dir / "copied"});
  EXPECT_EQ(ledger(dir / "a"), "attack 4 4 0 0;");
  // The copy does not count what the original had in flight, however it comes back.
  ask_through(dir / "copied", numbers(50, 1));
  EXPECT_EQ(ledger(dir / "copied"), "attack 5 1 0 4;");
  merge(dir / "b", {dir / "copied"});
  EXPECT_EQ(ledger(dir / "b"), "attack 5 5 0 0;");
  merge(dir / "copied", {dir / "b"});
  EXPECT_EQ(ledger(dir / "copied"), "attack 5 5 0 0;");
}

TEST(Merge, AddsUpWhatCopiesAskedAfterTheyParted) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  copy_folder(dir / "a", dir / "b");
  EXPECT_EQ(ledger(dir / "b"), "attack 10 10 0 0;");
  merge(dir / "c", {dir / "a", dir / "b"});
  EXPECT_EQ(ledger(dir / "c"), "attack 10 10 0 0;");
  ask_through(dir / "a", numbers(10, 5));
  ask_through(dir / "b", numbers(20, 7));
  EXPECT_EQ(ledger(dir / "b"), "attack 17 17 0 0;");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "attack 22 22 0 0;");
  merge(dir / "c", {dir / "b", dir / "a"});
  EXPECT_EQ(ledger(dir / "c"), "attack 22 22 0 0;");
  AnswerCache cache(dir / "b", Access::kWrite);  // its budget too
  std::vector<Digest> wanted = numbers(50, 5);
  EXPECT_EQ(cache.claim(kMerged, {"attack", 20}, wanted, 5).images.size(), 3U);
  cache.fail();
}

TEST(Merge, KnowsAFolderThatWasRenamed) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  fs::rename(dir / "a", dir / "b");
  ask_through(dir / "b", numbers(10, 10));
  EXPECT_EQ(AnswerCache(dir / "b", Access::kRead).by_origin().size(), 1U);
  EXPECT_EQ(format_of(dir / "b"), R"({"format":1})");
}

TEST(Merge, KeepsTheIdentityWhileALivingProcessHasClaimedImages) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  copy_folder(dir / "a", dir / "b");
  const pid_t child = ::fork();
  if (child == 0) {
    store::Tables::Table claims = 0;
    // As if it had been opened where the file could not be told from the original.
    Slot slot(dir / "b" / "claims");
    store::Tables tables(dir / "b", Access::kWrite);
    tables.write([&](store::Tables::Transaction& txn) {
      const std::string key = store::id_key(slot.number());
      txn.put(claims = txn.make("claims"), key,
              checked(key, encode(Claim{kMerged, "attack", numbers(50, 1)})));
    });
    write_file(dir / "claimed", "", Overwrite::kAllow);
    ::pause();
  }
  while (!fs::exists(dir / "claimed")) ::usleep(1000);
  ask_through(dir / "b", numbers(10, 1));
  EXPECT_EQ(AnswerCache(dir / "b", Access::kRead).by_origin().size(), 1U);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ask_through(dir / "b", numbers(11, 1));
  EXPECT_EQ(AnswerCache(dir / "b", Access::kRead).by_origin().size(), 2U);
}

TEST(Merge, TakesWhatOthersKnowOfACacheThatWasPutBack) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  const std::string before = read_file(dir / "a" / "data.mdb");
  ask_through(dir / "a", numbers(10, 10));
  merge(dir / "b", {dir / "a"});
  {
    std::FILE* file = std::fopen((dir / "a" / "data.mdb").c_str(), "r+");  // in place
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(std::fwrite(before.data(), 1, before.size(), file), before.size());
    ASSERT_EQ(std::fclose(file), 0);
    fs::resize_file(dir / "a" / "data.mdb", before.size());
  }
  EXPECT_EQ(ledger(dir / "a"), "attack 10 10 0 0;");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(ledger(dir / "a"), "attack 20 20 0 0;");
}

TEST(Merge, ChangesTheFormatOnlyOfCachesThatHoldOthersCounts) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "b", numbers(0, 10));
  EXPECT_EQ(format_of(dir / "a"), R"({"format":1})");
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(format_of(dir / "a"), R"({"format":2})");  // earlier versions refuse it
  EXPECT_EQ(format_of(dir / "b"), R"({"format":1})");
}

TEST(Merge, OpensCachesOfEarlierVersionsAndRefusesToCountThemTwice) {
  const TempDir dir;
  ask_through(dir / "old", numbers(0, 10));
  make_old(dir / "old");
  EXPECT_EQ(ledger(dir / "old"), "attack 10 10 0 0;");
  AnswerCache(dir / "old", Access::kRead).check();
  const std::string message = thrown<DataError>([&] { merge(dir / "a", {dir / "old"}); });
  EXPECT_NE(message.find("gave caches no identity"), std::string::npos) << message;
  EXPECT_FALSE(fs::exists(dir / "a"));
  ask_through(dir / "old", numbers(0, 1));  // as the message advises
  for (int i = 0; i < 2; ++i) merge(dir / "a", {dir / "old"});
  EXPECT_EQ(ledger(dir / "a"), "attack 10 10 0 0;");
  EXPECT_EQ(format_of(dir / "old"), R"({"format":1})");
}

TEST(Merge, RefusesTheCacheItselfAndAFolderNamedTwice) {
  const TempDir dir;
  ask_through(dir / "a", numbers(0, 10));
  ask_through(dir / "b", numbers(0, 10));
  fs::create_symlink(dir / "a", dir / "link");
  EXPECT_NE(thrown<UsageError>([&] { merge(dir / "a", {dir / "link"}); }).find("itself"),
            std::string::npos);
  EXPECT_NE(thrown<UsageError>([&] {
              merge(dir / "a", {dir / "b", dir / "b"});
            }).find("already"),
            std::string::npos);
  EXPECT_THROW(merge(dir / "a", {dir / "none"}), Error);
}

TEST(Merge, GrowsWithWhatItTakesIn) {
  const TempDir dir;
  for (std::uint64_t first = 0; first < 80; first += 20)
    ask_through(dir / "b", numbers(first, 20), "attack", 0, 1U << 18U);  // 1 MiB each
  ask_through(dir / "a", numbers(0, 1), "attack", 0, 1U << 18U);
  const Merged merged = merge(dir / "a", {dir / "b"}).at(0);
  EXPECT_EQ(merged.added, 79U);  // counted once, although the file grew in between
  EXPECT_EQ(merged.equal, 1U);
  EXPECT_EQ(ledger(dir / "a"), "attack 81 81 0 0;");
  AnswerCache(dir / "a", Access::kRead).check();
  ask_through(dir / "few", numbers(100, 1), "attack", 0, 1U << 18U);
  const std::vector<Merged> all = merge(dir / "c", {dir / "few", dir / "b"});
  ASSERT_EQ(all.size(), 2U);  // each reported once, although it was begun again
  EXPECT_EQ(all[1].added, 80U);
}

TEST(Merge, IsDoneOrNotBegunWhereverItIsKilled) {
  const TempDir dir;
  ask_through(dir / "b", numbers(100, 20000), "attack", 0, 64);
  Random random(1, Purpose::kSample, 0);
  int done = 0;
  for (int round = 0; round < 30; ++round) {
    fs::remove_all(dir / "a");
    ask_through(dir / "a", numbers(0, 10), "attack", 0, 64);
    const pid_t child = ::fork();
    if (child == 0) {
      merge(dir / "a", {dir / "b"});
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(random.below(60000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const bool merged = count_of(dir / "a") > 10;
    done += merged ? 1 : 0;
    ASSERT_EQ(count_of(dir / "a"), merged ? 20010U : 10U);
    ASSERT_EQ(ledger(dir / "a"), merged ? "attack 20010 20010 0 0;" : "attack 10 10 0 0;");
    AnswerCache(dir / "a", Access::kRead).check();
  }
  EXPECT_LT(done, 30);  // else nothing was killed in time
  merge(dir / "a", {dir / "b"});
  EXPECT_EQ(count_of(dir / "a"), 20010U);
}

TEST(Difference, IsThatOfLengthsAndAngles) {
  const std::vector<float> a = {3, 4};
  const std::vector<float> b = {4, 3};
  EXPECT_DOUBLE_EQ(difference(a.data(), b.data(), 2).relative, std::sqrt(2.0) / 5);
  EXPECT_DOUBLE_EQ(difference(a.data(), b.data(), 2).cosine, 24.0 / 25);
  EXPECT_EQ(difference(a.data(), a.data(), 2).relative, 0);
  EXPECT_EQ(difference(a.data(), a.data(), 2).cosine, 1);
  const std::vector<float> none = {0, 0};
  EXPECT_EQ(difference(none.data(), none.data(), 2).cosine, 1);
  EXPECT_EQ(difference(none.data(), a.data(), 2).cosine, 0);
  EXPECT_EQ(difference(none.data(), a.data(), 2).relative, std::numeric_limits<double>::infinity());
  EXPECT_EQ(difference(a.data(), none.data(), 2).relative, 1);
}

}  // namespace
}  // namespace cs::answers
