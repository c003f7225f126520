#include "store/writer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/random.hpp"
#include "store/bytes.hpp"
#include "store/reader.hpp"
#include "support/file_limit.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;
using cs::test::thrown;

using Names = std::vector<std::string>;

Header names_header() {
  Header header;
  header.columns = {name_spec()};
  return header;
}

TEST(Writer, PublishesOnlyWhenClosed) {
  const TempDir dir;
  {
    Writer writer(dir / "s.lmdb", Overwrite::kRefuse, cs::test::image_header());
    cs::test::append_images(writer, 10);
    writer.finish();
    EXPECT_FALSE(std::filesystem::exists(dir / "s.lmdb"));
    EXPECT_EQ(dir.list(), Names{"s.lmdb.tmp." + std::to_string(::getpid())});
  }
  EXPECT_TRUE(dir.list().empty());
  cs::test::write_images(dir / "s.lmdb", 10);
  EXPECT_EQ(dir.list(), Names{"s.lmdb"});
}

TEST(Writer, LeavesTheOldShardUntilTheNewOneIsWhole) {
  const TempDir dir;
  cs::test::write_images(dir / "s.lmdb", 10);
  {
    Writer writer(dir / "s.lmdb", Overwrite::kAllow, cs::test::image_header());
    cs::test::append_images(writer, 20);
  }
  EXPECT_EQ(Reader(dir / "s.lmdb").header().count, 10U);
  cs::test::write_images(dir / "s.lmdb", 20);
  EXPECT_EQ(Reader(dir / "s.lmdb").header().count, 20U);
  EXPECT_THROW(Writer(dir / "s.lmdb", Overwrite::kRefuse, cs::test::image_header()), UsageError);
}

TEST(Writer, StartsAfreshWhereADeadProcessHadItsNumber) {
  const TempDir dir;
  const std::filesystem::path stale = dir / ("s.lmdb.tmp." + std::to_string(::getpid()));
  {
    const Env env = Env::create(stale);
    Txn txn(env, Txn::Mode::kWrite);
    MDB_dbi dbi = 0;
    ASSERT_EQ(txn.create("image", dbi), MDB_SUCCESS);
    ASSERT_EQ(txn.put(dbi, id_key(7), "half of another shard", 0), MDB_SUCCESS);
    ASSERT_EQ(txn.commit(), MDB_SUCCESS);
  }
  cs::test::write_images(dir / "s.lmdb", 10);
  EXPECT_NO_THROW(Reader(dir / "s.lmdb").check_records());
}

TEST(Writer, WritesTheSameBytesForTheSameRecordsHoweverTheyAreAppended) {
  const TempDir dir;
  Header header;
  header.columns = {label_spec(), vector_spec(Column::kEmbedding, Type::kF32, 2)};
  std::vector<std::int32_t> labels(100000);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i * i);
  std::vector<float> vectors(2 * labels.size(), 0.5F);
  Writer one(dir / "one.lmdb", Overwrite::kRefuse, header);
  one.append(Column::kLabel, labels.data(), labels.size());
  one.append(Column::kEmbedding, vectors.data(), labels.size());
  one.close();
  Writer two(dir / "two.lmdb", Overwrite::kRefuse, header);
  for (std::size_t i = 0; i < labels.size(); i += 1000) {
    two.append(Column::kEmbedding, vectors.data() + 2 * i, 1000);
    two.append(Column::kLabel, labels.data() + i, 999);
    two.append(Column::kLabel, labels.data() + i + 999, 1);
  }
  two.close();
  EXPECT_EQ(Reader(dir / "one.lmdb").header().fingerprint,
            Reader(dir / "two.lmdb").header().fingerprint);
  cs::test::write_images(dir / "three.lmdb", 500);
  cs::test::write_images(dir / "four.lmdb", 500);
  EXPECT_EQ(read_file(dir / "three.lmdb"), read_file(dir / "four.lmdb"));
}

TEST(Writer, TakesAtMostAHundredthMoreThanImagesThatDoNotCompress) {
  const TempDir dir;
  for (const std::uint32_t side : {28U, 32U, 64U, 96U, 128U, 160U, 192U, 224U, 256U}) {
    Header header;
    header.columns = {image_spec(side, side)};
    const std::string path = "s" + std::to_string(side) + ".lmdb";
    Writer writer(dir / path, Overwrite::kRefuse, header);
    const std::size_t record = std::size_t{3} * side * side;
    const std::uint64_t count = (std::uint64_t{12} << 20U) / record;
    for (std::uint64_t id = 0; id < count; ++id)
      writer.append(Column::kImage, cs::test::pixels_of(id, record).data(), 1);
    writer.close();
    const auto size = static_cast<double>(std::filesystem::file_size(dir / path));
    EXPECT_LT(size - 8 * 4096, 1.01 * static_cast<double>(count * record))
        << side;  // less its tree
    EXPECT_NO_THROW(Reader(dir / path).check_records());
  }
}

TEST(Writer, FillsInCountFingerprintAndSet) {
  const TempDir dir;
  Header header = cs::test::image_header(5);
  header.count = 99;
  Writer writer(dir / "s.lmdb", Overwrite::kRefuse, header);
  cs::test::append_images(writer, 3);
  EXPECT_EQ(writer.count(), 3U);
  writer.close();
  const Header read = Reader(dir / "s.lmdb").header();
  EXPECT_EQ(read.first, 5U);
  EXPECT_EQ(read.count, 3U);
  Digest expected = read.shape_digest();
  std::string scratch;
  for (std::uint64_t id = 5; id < 8; ++id) {
    const auto pixels = cs::test::pixels_of(id, 192);
    const std::int32_t label = cs::test::label_of(id);
    const std::string name = cs::test::record_name(id);
    expected += record_digest(id, Column::kImage, pixels.data(), pixels.size(), scratch);
    expected += record_digest(id, Column::kLabel, &label, 4, scratch);
    expected += record_digest(id, Column::kName, name.data(), name.size(), scratch);
  }
  EXPECT_EQ(read.fingerprint, expected);
  EXPECT_EQ(read.set.id, expected);
  EXPECT_EQ(read.set.parts, 1U);
}

TEST(Writer, KeepsTheSetThatItWasGiven) {
  const TempDir dir;
  Header header = cs::test::image_header();
  header.set = {digest("set"), 1, 3};
  cs::test::write_images(dir / "a.lmdb", 3, header);
  EXPECT_EQ(Reader(dir / "a.lmdb").header().set.id, digest("set"));
  EXPECT_EQ(Reader(dir / "a.lmdb").header().set.part, 1U);
  Writer writer(dir / "b.lmdb", Overwrite::kRefuse, cs::test::image_header());
  cs::test::append_images(writer, 3);
  writer.finish();
  const Digest sum = writer.records_sum();
  writer.set_part({sum, 2, 3});
  writer.close();
  EXPECT_EQ(Reader(dir / "b.lmdb").header().set.id, sum);
  EXPECT_EQ(Reader(dir / "b.lmdb").header().set.part, 2U);
}

TEST(Writer, RefusesColumnsOfUnequalLength) {
  const TempDir dir;
  Writer writer(dir / "s.lmdb", Overwrite::kRefuse, cs::test::image_header());
  cs::test::append_images(writer, 3);
  writer.append_bytes(Column::kName, "one more");
  const std::string message = thrown<Error>([&] { writer.close(); });
  EXPECT_NE(message.find("column name has 4 records, not 3"), std::string::npos) << message;
  EXPECT_FALSE(std::filesystem::exists(dir / "s.lmdb"));
}

TEST(Writer, RefusesRecordsThatDoNotFitTheColumn) {
  const TempDir dir;
  Writer writer(dir / "s.lmdb", Overwrite::kRefuse, cs::test::image_header());
  const std::int32_t label = 1;
  EXPECT_THROW(writer.append(Column::kName, &label, 1), Error);
  EXPECT_THROW(writer.append_bytes(Column::kLabel, "text"), Error);
  EXPECT_THROW(writer.append(Column::kEmbedding, &label, 1), Error);
  cs::test::append_images(writer, 2);  // nothing was half appended
  EXPECT_NO_THROW(writer.close());
  EXPECT_NO_THROW(Reader(dir / "s.lmdb").check_records());
}

TEST(Writer, RefusesAHeaderThatNoReaderWouldTake) {
  const TempDir dir;
  EXPECT_THROW(Writer(dir / "s.lmdb", Overwrite::kRefuse, Header()), DataError);
  Header twice = names_header();
  twice.columns.push_back(name_spec());
  EXPECT_THROW(Writer(dir / "s.lmdb", Overwrite::kRefuse, twice), DataError);
  EXPECT_TRUE(dir.list().empty());
}

TEST(Writer, MakesClassNamesUtf8BeforeTheyCountInTheFingerprint) {
  const TempDir dir;
  Header header = cs::test::image_header();
  header.classes = {"caf\xE9", "dog"};
  cs::test::write_images(dir / "s.lmdb", 3, header);
  const Reader reader(dir / "s.lmdb");
  EXPECT_EQ(reader.header().classes.front(), "caf\xEF\xBF\xBD");
  EXPECT_NO_THROW(reader.check_records());
}

TEST(Writer, KeepsRecordsOfAnyLengthAndAnyBytes) {
  const TempDir dir;
  Names records = {"", std::string("\0\xFF\n", 3), std::string(700000, 'x'), "", "end"};
  for (int i = 0; i < 70000; ++i) records.push_back("");  // the lengths alone fill chunks
  Writer writer(dir / "s.lmdb", Overwrite::kRefuse, names_header());
  for (const std::string& record : records) writer.append_bytes(Column::kName, record);
  writer.close();
  const Reader reader(dir / "s.lmdb");
  EXPECT_EQ(reader.read_bytes(Column::kName, 0, records.size()), records);
  EXPECT_EQ(reader.read_bytes(Column::kName, 1, 3),
            Names(records.begin() + 1, records.begin() + 4));
  EXPECT_EQ(reader.read_bytes(Column::kName, 69000, 1000), Names(1000));
  EXPECT_NO_THROW(reader.check_records());
}

TEST(Writer, OutgrowsItsFirstMapSeveralTimes) {
  const TempDir dir;
  Header header;
  header.columns = {{Column::kImage, Type::kU8, {}, Encoding::kSource}, name_spec()};
  Writer writer(dir / "s.lmdb", Overwrite::kRefuse, header);
  std::string block(std::size_t{1} << 20U, '\0');
  Random random(1, Purpose::kSynth, 0);
  for (std::size_t i = 0; i + 4 <= block.size(); i += 4) {
    const std::uint32_t bits = random.bits();
    block.replace(i, 4, reinterpret_cast<const char*>(&bits), 4);
  }
  for (int i = 0; i < 70; ++i) {
    block[0] = static_cast<char>(i);
    writer.append_bytes(Column::kImage, block);
    writer.append_bytes(Column::kName, std::to_string(i));
  }
  writer.close();
  EXPECT_GT(std::filesystem::file_size(dir / "s.lmdb"), std::uintmax_t{70} << 20U);
  const Reader reader(dir / "s.lmdb");
  EXPECT_NO_THROW(reader.check_records());
  block[0] = 69;
  EXPECT_EQ(reader.read_bytes(Column::kImage, 69, 1).front(), block);
}

TEST(Writer, ClosesWhereverTheMapIsFull) {
  // Page by page up to full: any call that writes may be the one to find it so. The first record
  // is committed alone, the others and their new column when the shard is closed.
  const TempDir dir;
  std::string noise(std::size_t{17} << 20U, '\0');
  Random random(1, Purpose::kSynth, 0);
  for (char& byte : noise) byte = static_cast<char>(random.bits());
  for (std::size_t pages = 8192 - 14; pages < 8192; ++pages) {
    Header header;
    header.columns = {{Column::kImage, Type::kU8, {}, Encoding::kSource}, name_spec()};
    Writer writer(dir / "s.lmdb", Overwrite::kAllow, header);
    writer.append_bytes(Column::kImage, noise);
    writer.append_bytes(Column::kImage,
                        std::string_view(noise).substr(0, pages * 4096 - noise.size() - 4096));
    writer.append_bytes(Column::kName, "m");
    writer.append_bytes(Column::kName, "n");
    ASSERT_NO_THROW(writer.close()) << pages;
    ASSERT_EQ(Reader(dir / "s.lmdb", Verify::kLength).header().count, 2U);
  }
}

TEST(Writer, SaysThatTheDiskIsFullAndLeavesNothing) {
  const TempDir dir;
  for (const rlim_t limit : {1000U, 20000U, 1000000U}) {
    const std::string message = [&] {
      const cs::test::FileSizeLimit full(limit);
      return thrown<Error>([&] { cs::test::write_images(dir / "s.lmdb", 10000); });
    }();
    EXPECT_NE(message.find("s.lmdb.tmp."), std::string::npos) << message;
    EXPECT_TRUE(dir.list().empty()) << limit;
  }
}

TEST(Writer, SaysThatAFolderCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const TempDir dir;
  using Perms = std::filesystem::perms;
  std::filesystem::permissions(dir.path(), Perms::owner_read | Perms::owner_exec);
  const std::string message = thrown<Error>([&] { cs::test::write_images(dir / "s.lmdb", 1); });
  EXPECT_NE(message.find("Permission denied"), std::string::npos) << message;
  std::filesystem::permissions(dir.path(), Perms::owner_all);
}

TEST(Writer, SaysThatItsFolderDoesNotExist) {
  const TempDir dir;
  EXPECT_THROW(cs::test::write_images(dir / "no/s.lmdb", 1), Error);
}

TEST(Writer, ClosesChunksOfEmptyRecordsToo) {
  const TempDir dir;
  Header header;
  header.columns = {name_spec()};
  Writer writer(dir / "names.lmdb", Overwrite::kRefuse, header);
  for (int i = 0; i < 100000; ++i) writer.append_bytes(Column::kName, "");
  writer.close();
  const Reader reader(dir / "names.lmdb");
  EXPECT_EQ(reader.run(Column::kName, 0), kChunkBytes / 4);  // a length takes 4 bytes
  EXPECT_EQ(reader.read_bytes(Column::kName, 99999, 1), std::vector<std::string>{""});
}

}  // namespace
}  // namespace cs::store
