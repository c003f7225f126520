#include "store/reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "store/bytes.hpp"
#include "store/writer.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;
using cs::test::thrown;

constexpr std::uint64_t kFirst = 1000;
constexpr std::uint64_t kCount = 3000;  // three chunks of 8x8 images, one of labels
constexpr std::size_t kImageBytes = 8 * 8 * 3;

/// One shard for all tests of reading: making it takes longer than they do.
class ReaderOfAShard : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TempDir;
    cs::test::write_images(*dir_ / "s.lmdb", kCount, cs::test::image_header(kFirst));
  }
  static void TearDownTestSuite() { delete dir_; }
  static std::filesystem::path path() { return *dir_ / "s.lmdb"; }

  /// Whether the records read back as they were written.
  static bool reads(const Reader& reader, std::uint64_t first, std::uint64_t count) {
    std::vector<std::uint8_t> pixels(count * kImageBytes);
    std::vector<std::int32_t> labels(count);
    reader.read(Column::kImage, first, count, pixels.data());
    reader.read(Column::kLabel, first, count, labels.data());
    const std::vector<std::string> names = reader.read_bytes(Column::kName, first, count);
    bool same = names.size() == count;
    for (std::uint64_t i = 0; same && i < count; ++i) {
      const auto expected = cs::test::pixels_of(first + i, kImageBytes);
      same = std::memcmp(pixels.data() + i * kImageBytes, expected.data(), kImageBytes) == 0 &&
             labels[i] == cs::test::label_of(first + i) &&
             names[i] == cs::test::record_name(first + i);
    }
    return same;
  }

  static TempDir* dir_;
};
TempDir* ReaderOfAShard::dir_ = nullptr;

TEST_F(ReaderOfAShard, ReadsAnyRangeAlsoAcrossChunks) {
  const Reader reader(path());
  const std::uint64_t chunk = kChunkBytes / kImageBytes;
  ASSERT_GT(kCount, 2 * chunk);
  EXPECT_TRUE(reads(reader, kFirst, kCount));
  for (const std::uint64_t from :
       {std::uint64_t{0}, std::uint64_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, kCount - 1})
    for (const std::uint64_t count :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, chunk, chunk + 2})
      if (from + count <= kCount) {
        EXPECT_TRUE(reads(reader, kFirst + from, count)) << from << " " << count;
      }
}

TEST_F(ReaderOfAShard, WritesNothingOutsideTheRangeAsked) {
  const Reader reader(path());
  const std::uint64_t chunk = kChunkBytes / kImageBytes;
  std::vector<std::uint8_t> pixels((chunk + 3) * kImageBytes, 0xA5);
  reader.read(Column::kImage, kFirst + chunk - 1, chunk + 1, pixels.data() + kImageBytes);
  for (std::size_t i = 0; i < kImageBytes; ++i) {
    ASSERT_EQ(pixels[i], 0xA5);
    ASSERT_EQ(pixels[pixels.size() - 1 - i], 0xA5);
  }
}

TEST_F(ReaderOfAShard, RefusesRecordsThatItDoesNotHold) {
  const Reader reader(path());
  std::vector<std::uint8_t> pixels(2 * kImageBytes);
  for (const auto& [first, count] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{kFirst - 1, 1},
                                                            {kFirst + kCount, 1},
                                                            {kFirst + kCount - 1, 2},
                                                            {0, 1},
                                                            {0, 0},
                                                            {kFirst, kCount + 1},
                                                            {kFirst + 1, UINT64_MAX},
                                                            {UINT64_MAX, 1}}) {
    EXPECT_THROW(reader.read(Column::kImage, first, count, pixels.data()), DataError)
        << first << " " << count;
    EXPECT_THROW(reader.read_bytes(Column::kName, first, count), DataError) << first;
  }
  EXPECT_NO_THROW(reader.read(Column::kImage, kFirst + kCount, 0, nullptr));
}

TEST_F(ReaderOfAShard, RefusesColumnsThatItDoesNotHold) {
  const Reader reader(path());
  float value = 0;
  const std::string message =
      thrown<DataError>([&] { reader.read(Column::kEmbedding, kFirst, 1, &value); });
  EXPECT_NE(message.find("s.lmdb: has no column embedding"), std::string::npos) << message;
  EXPECT_THROW(reader.read(Column::kName, kFirst, 1, &value), DataError);
  EXPECT_THROW(reader.read_bytes(Column::kImage, kFirst, 1), DataError);
  EXPECT_THROW(reader.read_bytes(Column::kEmbedding, kFirst, 1), DataError);
}

TEST_F(ReaderOfAShard, SaysHowManyRecordsOfAChunkFollow) {
  const Reader reader(path());
  const std::uint64_t chunk = kChunkBytes / kImageBytes + 1;  // closed by what fills it
  std::uint64_t runs = 0, id = kFirst;
  for (; id < kFirst + kCount; id += reader.run(Column::kImage, id)) ++runs;
  EXPECT_EQ(id, kFirst + kCount);
  EXPECT_EQ(runs, (kCount + chunk - 1) / chunk);
  EXPECT_EQ(reader.run(Column::kImage, kFirst + 1), reader.run(Column::kImage, kFirst) - 1);
  EXPECT_EQ(reader.run(Column::kLabel, kFirst + kCount - 1), 1U);
  EXPECT_THROW(reader.run(Column::kImage, kFirst + kCount), DataError);
  EXPECT_THROW(reader.run(Column::kEmbedding, kFirst), DataError);
}

TEST_F(ReaderOfAShard, MayBeUsedByThreadsAtOnce) {
  const Reader reader(path());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 60; ++i) {
        const std::uint64_t from = (i * 97 + t * 1013) % (kCount - 40);
        if (!reads(reader, kFirst + from, 40)) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

/// A shard of many MiB: `count` images whose every byte is the low byte of the id.
void write_large(const std::filesystem::path& path, std::uint64_t count, std::uint32_t side) {
  Header header;
  header.columns = {image_spec(side, side)};
  Writer writer(path, Overwrite::kRefuse, header);
  for (std::uint64_t id = 0; id < count; ++id)
    writer.append(Column::kImage, std::string(side * side * 3, static_cast<char>(id)).data(), 1);
  writer.close();
}

TEST(Reader, ReadsTheSameOnAnyNumberOfThreads) {
  const TempDir dir;
  constexpr std::uint64_t kImages = 3000;
  constexpr std::size_t kBytes = 64 * 64 * 3;  // 35 MiB in all
  write_large(dir / "s.lmdb", kImages, 64);
  const Reader reader(dir / "s.lmdb");
  for (const int threads : {0, 1, 2, 5}) {
    std::vector<std::uint8_t> pixels((kImages - 1) * kBytes, 0xA5);
    reader.read(Column::kImage, 1, kImages - 2, pixels.data(), threads);  // partial chunks at ends
    for (std::uint64_t i = 0; i < kImages - 2; ++i)
      ASSERT_EQ(std::count(pixels.data() + i * kBytes, pixels.data() + (i + 1) * kBytes,
                           static_cast<std::uint8_t>(i + 1)),
                kBytes)
          << threads << " threads, record " << i;
    EXPECT_EQ(std::count(pixels.end() - kBytes, pixels.end(), 0xA5), kBytes);
  }
}

TEST_F(ReaderOfAShard, ReadsOnAfterBeingMoved) {
  std::vector<Reader> readers;
  for (int i = 0; i < 5; ++i) readers.emplace_back(path());  // moves those before
  for (const Reader& reader : readers) {
    EXPECT_TRUE(reads(reader, kFirst + 5, 10));
    EXPECT_EQ(reader.path(), path());
    EXPECT_NO_THROW(reader.check_records());
  }
}

TEST_F(ReaderOfAShard, LeavesTheFileAndItsFolderAlone) {
  const auto before = std::filesystem::last_write_time(dir_->path());
  const auto file = std::filesystem::last_write_time(path());
  const Reader reader(path());
  EXPECT_TRUE(reads(reader, kFirst, 10));
  EXPECT_EQ(dir_->list(), std::vector<std::string>{"s.lmdb"});
  EXPECT_EQ(std::filesystem::last_write_time(dir_->path()), before);
  EXPECT_EQ(std::filesystem::last_write_time(path()), file);
}

TEST_F(ReaderOfAShard, ChecksEveryRecordUnlessStopped) {
  const Reader reader(path());
  EXPECT_NO_THROW(reader.check_records());
  request_stop(15);
  EXPECT_THROW(reader.check_records(), Stopped);
  request_stop(0);
}

TEST(Reader, ReadsAShardWithoutRecords) {
  const TempDir dir;
  cs::test::write_images(dir / "s.lmdb", 0);
  const Reader reader(dir / "s.lmdb");
  EXPECT_EQ(reader.header().count, 0U);
  EXPECT_EQ(reader.header().fingerprint, reader.header().shape_digest());
  EXPECT_NO_THROW(reader.read(Column::kImage, 0, 0, nullptr));
  EXPECT_TRUE(reader.read_bytes(Column::kName, 0, 0).empty());
  EXPECT_THROW(reader.read(Column::kImage, 0, 1, nullptr), DataError);
  EXPECT_NO_THROW(reader.check_records());
}

/// A shard whose LMDB content `fill` makes by hand, rightly sealed.
std::string opening(const TempDir& dir, const std::function<void(Txn&)>& fill) {
  const auto path = dir / "made.lmdb";
  std::filesystem::remove(path);
  std::uint64_t length = 0;
  {
    const Env env = Env::create(path);
    Txn txn(env, Txn::Mode::kWrite);
    fill(txn);
    EXPECT_EQ(txn.commit(), MDB_SUCCESS);
    length = env.bytes_in_use();
  }
  seal(path, length);
  return thrown<DataError>([&] { Reader(path).check_records(); });
}

void put(Txn& txn, const char* database, std::string_view key, std::string_view value) {
  MDB_dbi dbi = 0;
  ASSERT_EQ(txn.create(database, dbi), MDB_SUCCESS);
  ASSERT_EQ(txn.put(dbi, key, value, 0), MDB_SUCCESS);
}

TEST(Reader, RefusesAShardThatContradictsItself) {
  const TempDir dir;
  Header header;
  header.first = 10;
  header.count = 4;
  header.columns = {label_spec()};
  const std::string eight(8, '\1');
  std::string scratch;
  for (std::uint64_t id = 10; id < 14; ++id)
    header.fingerprint += record_digest(id, Column::kLabel, eight.data(), 4, scratch);
  header.fingerprint += header.shape_digest();
  const std::string json = header.to_json();
  const auto chunk = [&](std::uint64_t first) {
    return encode_chunk(label_spec(), first, 2, {}, eight);
  };
  const auto whole = [&](Txn& txn) {
    put(txn, "meta", "header", json);
    put(txn, "label", id_key(10), chunk(10));
    put(txn, "label", id_key(12), chunk(12));
  };
  EXPECT_EQ(opening(dir, whole), "nothing was thrown");

  const auto bad = [&](const char* what, const std::function<void(Txn&)>& fill,
                       const char* message) {
    const std::string text = opening(dir, fill);
    EXPECT_NE(text.find(message), std::string::npos) << what << ": " << text;
  };
  bad(
      "no meta", [&](Txn& txn) { put(txn, "label", id_key(10), chunk(10)); },
      "cannot open a column");
  bad(
      "no header", [&](Txn& txn) { put(txn, "meta", "other", "{}"); }, "has no header");
  bad(
      "no column", [&](Txn& txn) { put(txn, "meta", "header", json); }, "lacks the column label");
  const auto with = [&](const std::vector<std::pair<std::string, std::string>>& chunks) {
    return [&, chunks](Txn& txn) {
      put(txn, "meta", "header", json);
      for (const auto& [key, value] : chunks) put(txn, "label", key, value);
    };
  };
  const char* ids = "does not hold the ids";
  bad("late start", with({{id_key(12), chunk(12)}}), ids);
  bad("early start",
      with({{id_key(8), chunk(8)}, {id_key(10), chunk(10)}, {id_key(12), chunk(12)}}), ids);
  bad("surplus", with({{id_key(10), chunk(10)}, {id_key(12), chunk(12)}, {id_key(14), chunk(14)}}),
      ids);
  bad("foreign key", with({{"k", chunk(10)}}), "foreign key");
  bad("missing end", with({{id_key(10), chunk(10)}}), "states an impossible size");
  bad("swapped", with({{id_key(10), chunk(12)}, {id_key(12), chunk(10)}}), "contradicts");
  bad("no frame", with({{id_key(10), ""}, {id_key(12), chunk(12)}}), "states an impossible size");
  bad("other records",
      with({{id_key(10), chunk(10)},
            {id_key(12), encode_chunk(label_spec(), 12, 2, {}, "abcdefgh")}}),
      "do not add up to its fingerprint");
}

}  // namespace
}  // namespace cs::store
