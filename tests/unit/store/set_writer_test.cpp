#include "store/set_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "store/dataset.hpp"
#include "support/file_limit.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;

using Names = std::vector<std::string>;

void write(const std::filesystem::path& output, std::uint64_t expected, std::uint64_t records,
           std::uint32_t parts, Overwrite overwrite = Overwrite::kRefuse) {
  SetWriter set(output, overwrite, cs::test::image_header(10), expected, parts);
  for (std::uint64_t id = 10; id < 10 + records; ++id) {
    const std::int32_t label = cs::test::label_of(id);
    Writer& writer = set.next();
    writer.append(Column::kImage, cs::test::pixels_of(id, 192).data(), 1);
    writer.append(Column::kLabel, &label, 1);
    writer.append_bytes(Column::kName, cs::test::record_name(id));
  }
  set.close();
}

std::vector<std::uint64_t> sizes(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> counts;
  const Dataset set({folder});
  for (const Reader& shard : set.shards()) counts.push_back(shard.header().count);
  return counts;
}

TEST(SetWriter, SpreadsRecordsEvenly) {
  const TempDir dir;
  write(dir / "set", 11, 11, 4);
  EXPECT_EQ(sizes(dir / "set"), (std::vector<std::uint64_t>{3, 3, 3, 2}));
  write(dir / "few", 2, 2, 4);
  EXPECT_EQ(sizes(dir / "few"), (std::vector<std::uint64_t>{1, 1, 0, 0}));
  write(dir / "fewer", 8, 5, 4);
  EXPECT_EQ(sizes(dir / "fewer"), (std::vector<std::uint64_t>{2, 2, 1, 0}));
}

std::ptrdiff_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return std::distance(begin(files), end(files));
}

TEST(SetWriter, KeepsFewFilesOpenHoweverManyShardsItWrites) {
  if (!std::filesystem::exists("/proc/self/fd")) GTEST_SKIP() << "needs /proc";
  const TempDir dir;
  const std::ptrdiff_t before = open_files();
  std::ptrdiff_t most = 0;
  {
    SetWriter set(dir / "set", Overwrite::kRefuse, cs::test::image_header(), 60, 40);
    for (std::uint64_t id = 0; id < 45; ++id) {  // the last parts stay empty
      const std::int32_t label = cs::test::label_of(id);
      Writer& writer = set.next();
      writer.append(Column::kImage, cs::test::pixels_of(id, 192).data(), 1);
      writer.append(Column::kLabel, &label, 1);
      writer.append_bytes(Column::kName, cs::test::record_name(id));
      most = std::max(most, open_files());
    }
    EXPECT_LT(most - before, 8);
    set.close();
  }
  const Dataset set({dir / "set"});
  EXPECT_EQ(set.count(), 45U);
  EXPECT_EQ(set.shards().size(), 40U);
  for (const Reader& shard : set.shards()) EXPECT_NO_THROW(shard.check_records());
}

TEST(SetWriter, MakesTheSameSetHoweverItIsCut) {
  const TempDir dir;
  write(dir / "set", 11, 11, 4);
  write(dir / "one.lmdb", 11, 11, 1);
  const Dataset set({dir / "set"});
  const Dataset one({dir / "one.lmdb"});
  EXPECT_EQ(set.header().fingerprint, one.header().fingerprint);
  EXPECT_EQ(set.header().set.id, one.header().set.id);
  EXPECT_EQ(set.header().set.id, set.header().fingerprint);
}

TEST(SetWriter, PublishesNothingBeforeItIsClosed) {
  const TempDir dir;
  {
    SetWriter set(dir / "set", Overwrite::kRefuse, cs::test::image_header(), 10, 2);
    set.next();
  }
  EXPECT_TRUE(dir.list().empty());
}

TEST(SetWriter, LeavesAFolderThatWasThere) {
  const TempDir dir;
  { const SetWriter set(dir / ".", Overwrite::kRefuse, cs::test::image_header(), 10, 2); }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(SetWriter, KeepsTheOldSetIfThereIsNoRoomForALaterPart) {
  const TempDir dir;
  write(dir / "set", 6, 6, 2);
  const std::string before = Dataset({dir / "set"}).header().fingerprint.hex();
  SetWriter set(dir / "set", Overwrite::kAllow, cs::test::image_header(), 2, 2);
  for (const std::size_t length : {10U, 500000U}) {
    const std::vector<std::uint8_t> noise = cs::test::pixels_of(0, length);
    const std::int32_t label = 0;
    Writer& writer = set.next();
    writer.append(Column::kImage, cs::test::pixels_of(0, 192).data(), 1);
    writer.append(Column::kLabel, &label, 1);
    writer.append_bytes(Column::kName, std::string(noise.begin(), noise.end()));
  }
  {
    const cs::test::FileSizeLimit full(100000);
    EXPECT_THROW(set.close(), Error);
  }
  EXPECT_EQ(Dataset({dir / "set"}).header().fingerprint.hex(), before);
}

TEST(SetWriter, RefusesAFolderThatHoldsShardsUnlessAllowed) {
  const TempDir dir;
  write(dir / "set", 6, 6, 3);
  EXPECT_THROW(write(dir / "set", 6, 6, 2), UsageError);
  write(dir / "set", 6, 6, 2, Overwrite::kAllow);
  EXPECT_EQ(sizes(dir / "set"), (std::vector<std::uint64_t>{3, 3}));
}

}  // namespace
}  // namespace cs::store
