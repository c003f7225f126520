#include "store/env.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "core/error.hpp"
#include "store/bytes.hpp"
#include "support/file_limit.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;
using cs::test::thrown;

std::string random_bytes(std::uint64_t id, std::size_t size) {
  const auto pixels = cs::test::pixels_of(id, size);
  return {pixels.begin(), pixels.end()};
}

TEST(IdKey, IsBigEndianSoThatKeysSortAsNumbers) {
  EXPECT_EQ(id_key(0x0102030405060708), "\1\2\3\4\5\6\7\x08");
  EXPECT_LT(id_key(255), id_key(256));
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{256}, UINT64_MAX})
    EXPECT_EQ(id_from_key(id_key(id)), id);
}

TEST(Env, MakesOneFileWithoutALockFile) {
  const TempDir dir;
  const Env env = Env::create(dir / "f");
  EXPECT_EQ(dir.list(), std::vector<std::string>{"f"});
}

TEST(Env, GrowsUntilEverythingFits) {
  const TempDir dir;
  Env env = Env::create(dir / "f");
  const std::string value = random_bytes(1, 1 << 20);
  int grown = 0;
  for (std::uint64_t id = 0; id < 70;) {
    Txn txn(env, Txn::Mode::kWrite);
    MDB_dbi dbi = 0;
    if (txn.create("x", dbi) == MDB_SUCCESS &&
        txn.put(dbi, id_key(id), value, MDB_APPEND) == MDB_SUCCESS && txn.commit() == MDB_SUCCESS) {
      ++id;
      continue;
    }
    { const Txn dead = std::move(txn); }
    env.grow();
    ++grown;
  }
  EXPECT_EQ(grown, 3);  // 16, 32, 64, 128 MiB
  Txn txn(env, Txn::Mode::kRead);
  std::string_view read;
  ASSERT_TRUE(txn.get(txn.open("x"), id_key(69), read));
  EXPECT_EQ(read, value);
  EXPECT_FALSE(txn.get(txn.open("x"), id_key(70), read));
}

TEST(Txn, SaysThatTheMapIsFullWhicheverCallFillsIt) {
  const TempDir dir;
  bool by_create = false;
  for (std::size_t pages = 4096 - 12; pages < 4096 && !by_create; ++pages) {
    const Env env = Env::create(dir / ("f" + std::to_string(pages)));
    MDB_dbi dbi = 0;
    Txn first(env, Txn::Mode::kWrite);
    ASSERT_EQ(first.create("x", dbi), MDB_SUCCESS);
    if (first.put(dbi, "k", std::string(pages * 4096 - 16, 'x'), 0) == MDB_MAP_FULL) break;
    if (first.commit() == MDB_MAP_FULL) break;
    Txn second(env, Txn::Mode::kWrite);
    by_create = second.create("y", dbi) == MDB_MAP_FULL;
  }
  EXPECT_TRUE(by_create);
}

TEST(Txn, DiscardsWhatIsNotCommitted) {
  const TempDir dir;
  const Env env = Env::create(dir / "f");
  {
    Txn txn(env, Txn::Mode::kWrite);
    MDB_dbi dbi = 0;
    ASSERT_EQ(txn.create("x", dbi), MDB_SUCCESS);
  }
  Txn txn(env, Txn::Mode::kRead);
  MDB_dbi dbi = 0;
  EXPECT_FALSE(txn.exists("x", dbi));
  EXPECT_THROW(txn.open("x"), DataError);
}

TEST(Env, NamesTheFileThatIsNotLmdb) {
  const TempDir dir;
  write_file(dir / "f", std::string(10000, 'x'), Overwrite::kRefuse);
  const std::string message = thrown<DataError>([&] { Env::open_sealed(dir / "f"); });
  EXPECT_NE(message.find("/f: cannot open: "), std::string::npos) << message;
  EXPECT_THROW(Env::open_sealed(dir / "none"), Error);
}

TEST(Env, ReportsTheFreeSpaceWhereTheDiskIsFull) {
  const TempDir dir;
  const Env env = Env::create(dir / "f");
  const cs::test::FileSizeLimit limit(100000);
  const std::string message = thrown<Error>([&] {
    Txn txn(env, Txn::Mode::kWrite);
    MDB_dbi dbi = 0;
    txn.create("x", dbi);
    txn.put(dbi, "k", std::string(200000, 'x'), 0);
    txn.commit();
  });
  EXPECT_NE(message.find("MiB free on that disk"), std::string::npos) << message;
}

TEST(CheckLmdb, SaysWhatToDoAboutFailuresOfTheSystem) {
  const auto text = [](int code) {
    return thrown<Error>([&] { check_lmdb(code, "f", "cannot open"); });
  };
  EXPECT_EQ(text(ENOMEM),
            "f: cannot open: Cannot allocate memory; free memory or raise its limit (ulimit -v)");
  EXPECT_EQ(text(EMFILE),
            "f: cannot open: Too many open files; raise the limit of open files (ulimit -n)");
  EXPECT_EQ(text(EROFS), "f: cannot open: Read-only file system; name a place that can be written");
  EXPECT_EQ(text(ENOENT), "f: cannot open: No such file or directory");
  EXPECT_NE(text(EIO).find("MiB free on that disk); make room"), std::string::npos);
}

}  // namespace
}  // namespace cs::store
