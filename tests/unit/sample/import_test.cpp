#include "sample/import.hpp"

#include <gtest/gtest.h>

#include "sample/draw.hpp"
#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::sample {
namespace {

using test::image_of;
using test::items_of;
using test::MemorySource;

using test::expect_data_error;
using test::names_of;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

class ImportTest : public TemporaryFolder {
 protected:
  store::Dataset imported(const source::Source& source, const std::vector<std::size_t>& wanted,
                          const ImportOptions& options = {}, std::uint32_t shards = 1) const {
    const auto output = path("out-" + std::to_string(outputs_++));
    import(source, wanted, options, [&](store::Header header) {
      return store::SetWriter(output, Overwrite::kRefuse, std::move(header), wanted.size(), shards);
  });
  return store::Dataset({output});
}

static Names
names_of(const store::Dataset& set) {
  return set.read_bytes(store::Column::kName, set.header().first, set.count());
}

static ImportOptions allowing(std::uint64_t bad) {
  ImportOptions options;
  options.max_bad = bad;
  return options;
}

private:
mutable int outputs_ = 0;
};  // namespace

TEST_F(ImportTest, RecordsStandInTheOrderWanted) {
  const MemorySource source({{"a", 1, 4}, {"b", 0, 5}, {"c", -1, 6}}, {"x", "y"});
  const store::Dataset set = imported(source, {2, 0, 2});
  EXPECT_EQ(names_of(set), (Names{"c", "a", "c"}));
  EXPECT_EQ(set.header().classes, (Names{"x", "y"}));
  std::vector<std::int32_t> labels(3);
  set.read(store::Column::kLabel, 0, 3, labels.data());
  EXPECT_EQ(labels, (std::vector<std::int32_t>{-1, 1, -1}));
  cv::Mat image(2, 2, CV_8UC3);
  set.read(store::Column::kImage, 1, 1, image.data);
  EXPECT_EQ(cv::norm(image, image_of(4, 2), cv::NORM_INF), 0);
}

TEST_F(ImportTest, WithoutClassesThereAreNoLabels) {
  const store::Dataset set = imported(MemorySource(items_of({1}), {}), {0});
  EXPECT_EQ(set.header().find(store::Column::kLabel), nullptr);
}

TEST_F(ImportTest, BadItemsAreLeftOutUpToALimitAndNamed) {
  const MemorySource source(items_of({1, -1, 2, -1}), {});
  expect_data_error("1: does not decode", [&] { imported(source, {0, 1, 2}); });
  ImportOptions options = allowing(2);
  Names told;
  options.on_bad = [&](const std::string& problem) { told.push_back(problem); };
  EXPECT_EQ(names_of(imported(source, {0, 1, 2, 3}, options)), (Names{"0", "2"}));
  EXPECT_EQ(told, (Names{"1: does not decode", "3: does not decode"}));
  options.max_bad = 1;
  expect_data_error("3: does not decode", [&] { imported(source, {0, 1, 2, 3}, options); });
  expect_data_error("hold no usable image", [&] { imported(source, {1}, allowing(1)); });
}

TEST_F(ImportTest, AnImageOfAnotherSizeIsBadUnlessFilesAreKept) {
  const MemorySource source({{"a", -1, 1, 2}, {"b", -1, 2, 3}}, {}, /*encoded=*/true);
  expect_data_error("b: is of another size", [&] { imported(source, {0, 1}); });
  EXPECT_EQ(names_of(imported(source, {0, 1}, allowing(1))), Names{"a"});
  ImportOptions encoded;
  encoded.encoded = true;
  const store::Dataset set = imported(source, {0, 1}, encoded);
  EXPECT_EQ(set.read_bytes(store::Column::kImage, 0, 2), (Names{"bytes of a", "bytes of b"}));
}

TEST_F(ImportTest, FilesAreKeptOnlyWhereThereAreFilesAndAsTheyAre) {
  ImportOptions options;
  options.encoded = true;
  expect_data_error("hold pixels, not image files alone",
                    [&] { imported(MemorySource(items_of({1}), {}), {0}, options); });
  options.decoding.size = 4;
  EXPECT_THROW(imported(MemorySource(items_of({1}), {}, true), {0}, options), UsageError);
}

TEST_F(ImportTest, DrawsNestWhenBadItemsAreLeftOutAndInAnyNumberOfShards) {
  std::vector<int> images;
  for (int i = 0; i < 60; ++i) images.push_back(i % 7 == 3 ? -1 : i % 20);
  const MemorySource source(items_of(images), {});
  const auto sample = [&](std::uint32_t n, std::uint32_t shards) {
    Selection selection;
    selection.count = n;
    PixelFilter unique(true);
    return names_of(
        imported(source, draw(source, selection, 4, unique).indices, allowing(60), shards));
  };
  const Names largest = sample(25, 3);
  EXPECT_LT(largest.size(), 25U) << "a draw is smaller by what does not decode";
  for (const std::uint32_t n : {24U, 15U, 6U}) {
    const Names smaller = sample(n, n % 5 + 1);
    ASSERT_LE(smaller.size(), n);
    EXPECT_TRUE(std::equal(smaller.begin(), smaller.end(), largest.begin())) << n;
  }
}

TEST_F(ImportTest, ClassNamesThatAreNotUtf8StayDifferent) {
  const MemorySource source({{"a", 0, 1}, {"b", 1, 2}}, {"\xFE", "\xFF"});
  EXPECT_EQ(imported(source, {0, 1}).header().classes, (Names{"%FE", "%FF"}));
}

TEST_F(ImportTest, ItTellsOfEveryImageThatIsThrough) {
  std::uint64_t done = 0;
  ImportOptions options = allowing(1);
  options.on_done = [&](std::uint64_t images) { done += images; };
  std::vector<std::size_t> wanted(1000, 0);
  wanted.push_back(1);
  imported(MemorySource(items_of({1, -1}), {}), wanted, options);
  EXPECT_EQ(done, 1001U);
}

}  // namespace cs::sample
}  // namespace cs::sample
