#include "store/dataset.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "store/writer.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;
using cs::test::thrown;

namespace fs = std::filesystem;

std::string name_of_part(std::size_t part) {
  return std::string(4, '0') + std::to_string(part) + ".lmdb";
}

/// Images of the ids from `first` on, cut into shards of the sizes given.
fs::path write_set(const fs::path& folder, const std::vector<std::uint64_t>& sizes,
                   std::uint64_t first = 0, const std::string& set = "set") {
  fs::create_directories(folder);
  for (std::size_t part = 0; part < sizes.size(); ++part) {
    Header header = cs::test::image_header(first);
    header.set = {digest(set), static_cast<std::uint32_t>(part),
                  static_cast<std::uint32_t>(sizes.size())};
    cs::test::write_images(folder / name_of_part(part), sizes[part], header);
    first += sizes[part];
  }
  return folder;
}

/// Vectors for every record of `images`, one shard for one or one for all.
enum class Cut { kAlike, kOne };
fs::path write_answers(const fs::path& folder, const fs::path& images, Cut cut) {
  fs::create_directories(folder);
  const Dataset whole({images});
  const auto answer = [&](const Dataset& input, const std::string& name) {
    Header header = derived_header(input, {{"tool", "test"}});
    header.of = input.header().fingerprint;
    cs::test::write_vectors(folder / name, input.count(), header);
  };
  if (cut == Cut::kOne) {
    answer(whole, "all.lmdb");
  } else {
    for (const Reader& shard : whole.shards())
      answer(Dataset({shard.path()}), shard.path().filename().string());
  }
  return folder;
}

bool reads(const Dataset& set, std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint8_t> pixels(count * 192);
  set.read(Column::kImage, first, count, pixels.data());
  const std::vector<std::string> names = set.read_bytes(Column::kName, first, count);
  if (names.size() != count) return false;
  for (std::uint64_t i = 0; i < count; ++i)
    if (std::memcmp(&pixels[i * 192], cs::test::pixels_of(first + i, 192).data(), 192) != 0 ||
        names[i] != cs::test::record_name(first + i))
      return false;
  return true;
}

TEST(Dataset, ReadsAFolderOfShardsAsOne) {
  const TempDir dir;
  const Dataset set({write_set(dir / "set", {7, 0, 5, 1}, 20)});
  EXPECT_EQ(set.count(), 13U);
  EXPECT_EQ(set.header().first, 20U);
  EXPECT_EQ(set.shards().size(), 4U);
  for (std::uint64_t from = 0; from < 13; ++from)
    for (std::uint64_t count = 0; from + count <= 13; ++count)
      EXPECT_TRUE(reads(set, 20 + from, count)) << from << " " << count;
}

TEST(Dataset, FindsTheShardOfARecordAndTheChunkThere) {
  const TempDir dir;
  const Dataset set({write_set(dir / "set", {0, 7, 0, 5, 1, 0}, 20)});
  EXPECT_EQ(&set.shard_of(20), &set.shards()[1]);
  EXPECT_EQ(&set.shard_of(26), &set.shards()[1]);
  EXPECT_EQ(&set.shard_of(27), &set.shards()[3]);
  EXPECT_EQ(&set.shard_of(32), &set.shards()[4]);
  EXPECT_EQ(set.run(Column::kName, 21), 6U);
  EXPECT_EQ(set.run(Column::kImage, 32), 1U);
  EXPECT_THROW(set.shard_of(19), DataError);
  EXPECT_THROW(set.run(Column::kImage, 33), DataError);
}

TEST(Dataset, OpensItsShardsOnSeveralThreads) {
  const TempDir dir;
  const fs::path folder = write_set(dir / "set", {7, 0, 5, 1, 3, 2}, 20);
  const Dataset set({folder}, Verify::kAll, 4);
  EXPECT_EQ(set.count(), 18U);
  EXPECT_TRUE(reads(set, 20, 18));
  for (const std::size_t damaged : {2U, 4U}) {
    std::string bytes = read_file(folder / name_of_part(damaged));
    bytes[5000] = static_cast<char>(bytes[5000] ^ 1);
    write_file(folder / name_of_part(damaged), bytes, Overwrite::kAllow);
  }
  const std::string message = thrown<DataError>([&] { Dataset({folder}, Verify::kAll, 4); });
  EXPECT_NE(message.find("00002.lmdb: is damaged"), std::string::npos) << message;
  EXPECT_NO_THROW(Dataset({folder}, Verify::kLength, 4));
}

TEST(Dataset, RefusesRecordsThatItDoesNotHold) {
  const TempDir dir;
  const Dataset set({write_set(dir / "set", {4, 4}, 20)});
  std::vector<std::uint8_t> pixels(10 * 192);
  for (const auto& [first, count] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {19, 1}, {28, 1}, {27, 2}, {20, 9}, {21, UINT64_MAX}}) {
    EXPECT_THROW(set.read(Column::kImage, first, count, pixels.data()), DataError) << first;
    EXPECT_THROW(set.read_bytes(Column::kName, first, count), DataError) << first;
  }
  EXPECT_THROW(set.read(Column::kEmbedding, 20, 1, pixels.data()), DataError);
  EXPECT_THROW(set.read_bytes(Column::kEmbedding, 20, 1), DataError);
  EXPECT_THROW(set.read_bytes(Column::kImage, 20, 1), DataError);
}

TEST(Dataset, HasTheFingerprintOfItsRecordsHoweverItIsCut) {
  const TempDir dir;
  cs::test::write_images(dir / "whole.lmdb", 13, cs::test::image_header(20));
  const Digest whole = Dataset({dir / "whole.lmdb"}).header().fingerprint;
  EXPECT_EQ(Dataset({write_set(dir / "a", {13}, 20)}).header().fingerprint, whole);
  EXPECT_EQ(Dataset({write_set(dir / "b", {7, 0, 5, 1}, 20)}).header().fingerprint, whole);
  EXPECT_NE(Dataset({write_set(dir / "c", {7, 5}, 20)}).header().fingerprint, whole);
  EXPECT_NE(Dataset({write_set(dir / "d", {13}, 21)}).header().fingerprint, whole);
}

TEST(Dataset, TakesShardsNamedOneByOneIfTheyFollow) {
  const TempDir dir;
  const fs::path set = write_set(dir / "set", {3, 4, 5});
  const auto shard = [&](std::size_t part) { return set / name_of_part(part); };
  EXPECT_TRUE(reads(Dataset({shard(1), shard(2)}), 3, 9));
  EXPECT_EQ(Dataset({shard(1)}).header().set.part, 1U);
  EXPECT_EQ(Dataset({shard(0), shard(1), shard(2)}).header().set.parts, 1U);
  for (const auto& wrong : std::vector<std::vector<fs::path>>{
           {shard(0), shard(2)}, {shard(1), shard(0)}, {shard(0), shard(0)}, {set, shard(0)}}) {
    const std::string message = thrown<DataError>([&] { Dataset{wrong}; });
    EXPECT_NE(message.find("its records do not follow"), std::string::npos) << message;
  }
}

TEST(Dataset, OfAFolderNeedsEveryPart) {
  const TempDir dir;
  for (std::size_t gone = 0; gone < 3; ++gone) {
    const fs::path set = write_set(dir / ("set" + std::to_string(gone)), {3, 4, 5});
    fs::remove(set / name_of_part(gone));
    const std::string message = thrown<DataError>([&] { Dataset({set}); });
    EXPECT_NE(message.find("part " + std::to_string(gone) + " of 3 is missing or misnamed"),
              std::string::npos)
        << message;
  }
}

TEST(Dataset, OfAFolderRefusesWhatDoesNotBelong) {
  const TempDir dir;
  const fs::path mixed = write_set(dir / "mixed", {3, 4, 5});
  fs::copy_file(write_set(dir / "other", {3, 4, 5}, 0, "another set") / name_of_part(1),
                mixed / name_of_part(1), fs::copy_options::overwrite_existing);
  EXPECT_NE(thrown<DataError>([&] { Dataset({mixed}); }).find("belongs to another set"),
            std::string::npos);

  const fs::path surplus = write_set(dir / "surplus", {3, 4});
  fs::copy_file(surplus / name_of_part(1), surplus / name_of_part(2));
  EXPECT_NE(thrown<DataError>([&] { Dataset({surplus}); }).find("more shards than the 2 parts"),
            std::string::npos);

  const fs::path swapped = write_set(dir / "swapped", {3, 4});
  fs::rename(swapped / name_of_part(0), swapped / "9.lmdb");
  EXPECT_NE(thrown<DataError>([&] { Dataset({swapped}); }).find("missing or misnamed"),
            std::string::npos);

  const fs::path recut = write_set(dir / "recut", {3, 4});
  write_set(dir / "three", {3, 4, 5});
  fs::copy_file(dir / "three" / name_of_part(1), recut / name_of_part(1),
                fs::copy_options::overwrite_existing);
  EXPECT_THROW(Dataset({recut}), DataError);

  fs::create_directory(dir / "empty");
  EXPECT_NE(thrown<DataError>([&] { Dataset({dir / "empty"}); }).find("holds no shard"),
            std::string::npos);
}

TEST(Dataset, OfAFolderIgnoresOtherFilesAndTemporaries) {
  const TempDir dir;
  const fs::path set = write_set(dir / "set", {3, 4});
  write_file(set / "00001.lmdb.tmp.1", "half", Overwrite::kRefuse);
  write_file(set / "README", "text", Overwrite::kRefuse);
  EXPECT_EQ(Dataset({set}).count(), 7U);
}

TEST(Dataset, RefusesShardsOfUnlikeColumnsOrClasses) {
  const TempDir dir;
  Header header = cs::test::image_header();
  header.set = {digest("set"), 0, 3};
  cs::test::write_images(dir / "0.lmdb", 2, header);
  const auto refused = [&](const Header& second) {
    cs::test::write_images(dir / "1.lmdb", 2, second);
    const std::string message = thrown<DataError>([&] {
      Dataset({dir / "0.lmdb", dir / "1.lmdb"});
    });
    return message.find("other columns, shapes or classes") != std::string::npos;
  };
  Header wide = cs::test::image_header(2, 16);
  wide.set = {digest("set"), 1, 3};
  EXPECT_TRUE(refused(wide));
  Header classes = cs::test::image_header(2);
  classes.set = wide.set;
  EXPECT_FALSE(refused(classes));
  classes.classes = {"cat", "wolf"};
  EXPECT_TRUE(refused(classes));
  Header set = cs::test::image_header(2);
  set.set = {digest("other"), 1, 3};
  cs::test::write_images(dir / "1.lmdb", 2, set);
  EXPECT_NE(thrown<DataError>([&] {
              Dataset({dir / "0.lmdb", dir / "1.lmdb"});
            }).find("belongs to another set"),
            std::string::npos);
}

TEST(Dataset, ThatIsNotThereOrNotNamedIsRefused) {
  const TempDir dir;
  EXPECT_THROW(Dataset({}), UsageError);
  const std::string message = thrown<Error>([&] { Dataset({dir / "none.lmdb"}); });
  EXPECT_NE(message.find("none.lmdb: cannot open: No such file"), std::string::npos) << message;
}

TEST(Dataset, SaysWhatItHoldsInsteadOfAColumn) {
  const TempDir dir;
  const Dataset set({write_set(dir / "set", {3})});
  EXPECT_EQ(set.require(Column::kLabel), label_spec());
  const std::string message = thrown<DataError>([&] { set.require(Column::kEmbedding); });
  EXPECT_NE(message.find("has no column embedding, only: image label name"), std::string::npos)
      << message;
}

TEST(Dataset, KnowsWhoseAnswersItHoldsHoweverEitherIsCut) {
  const TempDir dir;
  const fs::path three = write_set(dir / "three", {3, 4, 5}, 20);
  const fs::path one = write_set(dir / "one", {12}, 20);
  const fs::path other = write_set(dir / "other", {12}, 21);
  const fs::path part = write_set(dir / "part", {3, 4}, 20);
  for (const fs::path& asked : {three, one})
    for (const Cut cut : {Cut::kAlike, Cut::kOne}) {
      const TempDir answers;
      const Dataset set({write_answers(answers.path(), asked, cut)});
      EXPECT_TRUE(set.answers_to(Dataset({three})));
      EXPECT_TRUE(set.answers_to(Dataset({one})));
      EXPECT_FALSE(set.answers_to(Dataset({other})));
      EXPECT_FALSE(set.answers_to(Dataset({part})));
      EXPECT_FALSE(set.views_of(Dataset({three})));
    }
  EXPECT_FALSE(Dataset({one}).answers_to(Dataset({one})));
}

TEST(Dataset, AnswersToSomeShardsAreNotAnswersToAll) {
  const TempDir dir;
  const fs::path three = write_set(dir / "three", {3, 4, 5});
  const fs::path answers = write_answers(dir / "answers", three, Cut::kAlike);
  const Dataset first({answers / name_of_part(0)});
  EXPECT_TRUE(first.answers_to(Dataset({three / name_of_part(0)})));
  EXPECT_FALSE(first.answers_to(Dataset({three / name_of_part(1)})));
  EXPECT_FALSE(first.answers_to(Dataset({three})));
}

TEST(Dataset, AnswersHaveTheFirstIdAndTheCountOfTheirImages) {
  const TempDir dir;
  const Dataset images({write_set(dir / "images", {6}, 20)});
  const auto claims = [&](std::uint64_t first, std::uint64_t count) {
    Header header;
    header.first = first;
    header.of = images.header().fingerprint;
    cs::test::write_vectors(dir / "answers.lmdb", count, header);
    return Dataset({dir / "answers.lmdb"}).answers_to(images);
  };
  EXPECT_TRUE(claims(20, 6));
  EXPECT_FALSE(claims(21, 6));
  EXPECT_FALSE(claims(20, 5));
}

TEST(Dataset, ViewsAreAsManyAsTheirOriginalsHave) {
  const TempDir dir;
  const Dataset originals({write_set(dir / "originals", {6})});
  const auto claims = [&](std::uint64_t count) {
    Header header = cs::test::image_header();
    header.views = 2;
    header.originals = originals.header().fingerprint;
    cs::test::write_images(dir / "views.lmdb", count, header);
    return Dataset({dir / "views.lmdb"}).views_of(originals);
  };
  EXPECT_TRUE(claims(12));
  EXPECT_FALSE(claims(11));
}

TEST(Dataset, TellsAnswersToTheSameImagesFromOthers) {
  const TempDir dir;
  const fs::path images = write_set(dir / "images", {3, 4});
  const fs::path others = write_set(dir / "others", {3, 4, 5});
  const Dataset answers({write_answers(dir / "answers", images, Cut::kAlike)});
  EXPECT_TRUE(answers.answers_same_images(answers));
  EXPECT_TRUE(
      answers.answers_same_images(Dataset({write_answers(dir / "again", images, Cut::kAlike)})));
  const Dataset more({write_answers(dir / "more", others, Cut::kAlike)});
  EXPECT_FALSE(answers.answers_same_images(more));
  EXPECT_FALSE(more.answers_same_images(answers));
  EXPECT_FALSE(answers.answers_same_images(Dataset({dir / "answers" / name_of_part(0)})));
  EXPECT_FALSE(answers.answers_same_images(Dataset({images})));
}

TEST(Dataset, KnowsWhoseViewsItHoldsHoweverEitherIsCut) {
  const TempDir dir;
  const fs::path three = write_set(dir / "three", {3, 4, 5}, 20);
  const fs::path one = write_set(dir / "one", {12}, 20);
  fs::create_directories(dir / "views");
  const Dataset originals({three});
  for (const Reader& shard : originals.shards()) {
    const Dataset input({shard.path()});
    Header header = derived_header(input, {{"tool", "test"}});
    header.first *= 2;
    header.views = 2;
    header.originals = input.header().fingerprint;
    cs::test::write_images(dir / "views" / shard.path().filename().string(), 2 * input.count(),
                           header);
  }
  const Dataset views({dir / "views"});
  EXPECT_TRUE(views.views_of(Dataset({three})));
  EXPECT_TRUE(views.views_of(Dataset({one})));
  EXPECT_FALSE(views.answers_to(Dataset({one})));
  EXPECT_FALSE(views.views_of(Dataset({three / name_of_part(0)})));
  EXPECT_FALSE(views.views_of(views));

  const Dataset answers({write_answers(dir / "answers", dir / "views", Cut::kAlike)});
  EXPECT_TRUE(answers.answers_to(views));
  EXPECT_TRUE(answers.views_of(Dataset({one})));  // answers to views know the originals too
  EXPECT_FALSE(answers.answers_to(Dataset({one})));
}

TEST(DerivedHeader, RenamesTheSetByTheStepAndKeepsTheRest) {
  const TempDir dir;
  const fs::path set = write_set(dir / "set", {3, 4});
  const Dataset second({set / name_of_part(1)});
  const Header made = derived_header(second, {{"tool", "t"}});
  EXPECT_EQ(made.set.part, 1U);
  EXPECT_EQ(made.set.parts, 2U);
  EXPECT_EQ(made.first, 3U);
  EXPECT_EQ(made.history, R"([{"tool":"t"}])");
  EXPECT_EQ(made.set.id, derived_header(Dataset({set / name_of_part(0)}), {{"tool", "t"}}).set.id);
  EXPECT_NE(made.set.id, second.header().set.id);
  EXPECT_NE(made.set.id, derived_header(second, {{"tool", "u"}}).set.id);
}

TEST(DerivedHeader, MakesShardsThatAreASetAgain) {
  const TempDir dir;
  const fs::path images = write_set(dir / "set", {3, 4, 5});
  EXPECT_EQ(Dataset({write_answers(dir / "answers", images, Cut::kAlike)}).count(), 12U);
}

}  // namespace
}  // namespace cs::store
