#include "store/tables.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/temp_dir.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;

std::string value_of(const Tables& tables, const char* name, std::string_view key) {
  std::string found = "nothing";
  tables.read([&](Tables::Transaction& txn) {
    Tables::Table table = 0;
    std::string_view value;
    if (txn.find(name, table) && txn.get(table, key, value)) found = value;
  });
  return found;
}

void put(Tables& tables, const char* name, std::string_view key, std::string_view value) {
  tables.write([&](Tables::Transaction& txn) { txn.put(txn.make(name), key, value); });
}

TEST(Tables, KeepWhatIsPutIntoThemApart) {
  const TempDir dir;
  {
    Tables tables(dir / ".", Access::kWrite);
    EXPECT_TRUE(tables.empty());
    put(tables, "a", "key", "1");
    put(tables, "b", "key", "2");
    put(tables, "a", "key", "3");
    EXPECT_FALSE(tables.empty());
  }
  const Tables tables(dir / ".", Access::kRead);
  EXPECT_EQ(value_of(tables, "a", "key"), "3");
  EXPECT_EQ(value_of(tables, "b", "key"), "2");
  EXPECT_EQ(value_of(tables, "c", "key"), "nothing");
}

TEST(Tables, CommitAllOfATransactionOrNothing) {
  const TempDir dir;
  Tables tables(dir / ".", Access::kWrite);
  put(tables, "a", "key", "before");
  EXPECT_THROW(tables.write([](Tables::Transaction& txn) {
    txn.put(txn.make("a"), "key", "after");
    throw Error("x", "fails");
  }),
               Error);
  EXPECT_EQ(value_of(tables, "a", "key"), "before");
}

TEST(Tables, RunATransactionAgainWhereTheFileHadToGrow) {
  const TempDir dir;
  Tables tables(dir / ".", Access::kWrite);
  int runs = 0;
  tables.write([&](Tables::Transaction& txn) {
    ++runs;
    const Tables::Table table = txn.make("a");
    for (int i = 0; i < 40; ++i)  // the first map is of 16 MiB
      txn.put(table, std::to_string(i), std::string(std::size_t{1} << 20U, 'x'));
  });
  EXPECT_EQ(runs, 3);
  tables.read([&](Tables::Transaction& txn) {
    Tables::Table table = 0;
    ASSERT_TRUE(txn.find("a", table));
    EXPECT_EQ(txn.entries(table), 40U);
  });
}

TEST(Tables, ListKeysInOrder) {
  const TempDir dir;
  Tables tables(dir / ".", Access::kWrite);
  for (const char* key : {"b", "c", "a"}) put(tables, "t", key, key);
  std::string keys;
  tables.read([&](Tables::Transaction& txn) {
    Tables::Table table = 0;
    ASSERT_TRUE(txn.find("t", table));
    txn.for_each(table, [&](std::string_view key, std::string_view value) {
      EXPECT_EQ(key, value);
      keys += key;
    });
  });
  EXPECT_EQ(keys, "abc");
}

TEST(Tables, AreOpenedOnceAProcess) {
  const TempDir dir;
  const Tables tables(dir / ".", Access::kWrite);
  EXPECT_THROW(Tables(dir / ".", Access::kRead), Error);
}

TEST(Tables, ThatAreCutShortAreRefused) {
  const TempDir dir;
  {
    Tables tables(dir / ".", Access::kWrite);
    put(tables, "a", "key", std::string(100000, 'x'));
  }
  const auto size = std::filesystem::file_size(dir / "data.mdb");
  for (const std::uintmax_t left : {size - 1, size / 2, std::uintmax_t{8192}}) {
    std::filesystem::resize_file(dir / "data.mdb", left);
    EXPECT_THROW(Tables(dir / ".", Access::kWrite), DataError) << left;
  }
}

}  // namespace
}  // namespace cs::store
