#include "sample/pixel_filter.hpp"

#include <gtest/gtest.h>

#include "source/open.hpp"
#include "source/shards.hpp"
#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::sample {
namespace {

using test::image_of;
using test::items_of;
using test::MemorySource;
using test::write_shard;

using test::encoded_image;
using test::expect_data_error;
using test::TemporaryFolder;

using Fates = std::vector<Fate>;
constexpr Fate kStays = Fate::kStays, kExcluded = Fate::kExcluded, kRepeats = Fate::kRepeats;

class PixelFilterTest : public TemporaryFolder {
 protected:
  /// A shard of the images of these numbers.
  store::Dataset shard(const std::vector<int>& images, int size = 2) const {
    write_shard(MemorySource(items_of(images, size), {}), path("shard.lmdb"));
    return store::Dataset({path("shard.lmdb")});
  }

  /// A shard of image files as they are.
  store::Dataset encoded_shard(const std::vector<std::string>& files) const {
    std::filesystem::remove_all(path("files"));
    for (std::size_t i = 0; i < files.size(); ++i)
      write("files/" + std::to_string(i) + ".png", files[i]);
    ImportOptions options;
    options.encoded = true;
    write_shard(*folder("files"), path("encoded.lmdb"), options);
    return store::Dataset({path("encoded.lmdb")});
  }

  std::unique_ptr<source::Source> folder(const std::string& name) const {
    source::SourceOptions options;
    options.spill_dir = path(".");
    return source::open_source(path(name).string(), options);
  }

  static Fates judge_all(PixelFilter& filter, const source::Source& source) {
    std::vector<std::size_t> all(source.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return filter.judge(source, all);
  }

  static Fates judge_all(PixelFilter&& filter, const source::Source& source) {
    return judge_all(filter, source);
  }
};

TEST_F(PixelFilterTest, WithNothingToDoEverythingStays) {
  PixelFilter filter;
  EXPECT_FALSE(filter.active());
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({1, 1}), {})), (Fates{kStays, kStays}));
}

TEST_F(PixelFilterTest, ExcludedImagesGoWhateverTheyAreCalled) {
  PixelFilter filter;
  const store::Dataset excluded = shard({5, 9});
  EXPECT_EQ(filter.exclude(shard({5, 9})), excluded.header().fingerprint);
  EXPECT_TRUE(filter.active());
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({1, 9, 2, 5, 9}), {})),
            (Fates{kStays, kExcluded, kStays, kExcluded, kExcluded}));
}

TEST_F(PixelFilterTest, SeveralDatasetsAreExcluded) {
  PixelFilter filter;
  filter.exclude(shard({5}));
  filter.exclude(shard({7}));
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({5, 6, 7}), {})),
            (Fates{kExcluded, kStays, kExcluded}));
}

TEST_F(PixelFilterTest, RepeatsAreRememberedFromCallToCall) {
  PixelFilter filter(/*unique=*/true);
  const MemorySource source(items_of({1, 2, 1, 2, 3}), {});
  EXPECT_EQ(filter.judge(source, {0, 2}), (Fates{kStays, kRepeats}));
  EXPECT_EQ(filter.judge(source, {3, 1, 4}), (Fates{kStays, kRepeats, kStays}));
}

TEST_F(PixelFilterTest, AnExcludedImageIsExcludedEachTimeNotARepeat) {
  PixelFilter filter(/*unique=*/true);
  filter.exclude(shard({1}));
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({1, 1, 2, 2}), {})),
            (Fates{kExcluded, kExcluded, kStays, kRepeats}));
}

TEST_F(PixelFilterTest, WhatDoesNotDecodeStaysForOthersToFind) {
  PixelFilter filter(/*unique=*/true);
  filter.exclude(shard({1}));
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({-1, 1, -1}), {})),
            (Fates{kStays, kExcluded, kStays}));
}

TEST_F(PixelFilterTest, EqualPixelsAreFoundInAnyEncoding) {
  const std::vector<std::string> files = {encoded_image(".bmp", 6, 4, {10, 20, 30}),
                                          encoded_image(".ppm", 6, 4, {10, 20, 31})};
  write("in/x.png", encoded_image(".png", 6, 4, {10, 20, 30}));
  write("in/y.webp", encoded_image(".webp", 6, 4, {10, 20, 31}, {cv::IMWRITE_WEBP_QUALITY, 101}));
  write("in/z.tif", encoded_image(".tif", 6, 4, {10, 20, 32}));
  write("in/z4x6.png", encoded_image(".png", 4, 6, {10, 20, 30}));
  const auto source = folder("in");
  PixelFilter filter(/*unique=*/false, {0, 2});
  filter.exclude(encoded_shard({files[0], files[1], encoded_image(".png", 9, 9, {1, 2, 3})}));
  EXPECT_EQ(judge_all(filter, *source), (Fates{kExcluded, kExcluded, kStays, kStays}));
}

TEST_F(PixelFilterTest, GrayAndTransparentImagesAreComparedAsTheColorsTheyBecome) {
  std::vector<unsigned char> gray, alpha;
  ASSERT_TRUE(cv::imencode(".png", cv::Mat(4, 4, CV_8UC1, cv::Scalar(50)), gray));
  ASSERT_TRUE(cv::imencode(".png", cv::Mat(4, 4, CV_8UC4, cv::Scalar(50, 50, 50, 9)), alpha));
  write("in/1.png", {gray.begin(), gray.end()});
  write("in/2.png", {alpha.begin(), alpha.end()});
  write("in/3.png", encoded_image(".png", 4, 4, {50, 50, 50}));
  EXPECT_EQ(judge_all(PixelFilter(/*unique=*/true), *folder("in")),
            (Fates{kStays, kRepeats, kRepeats}));
}

TEST_F(PixelFilterTest, AnImageToBeScaledMatchesAsItIsAndAsItBecomes) {
  const Decoding to_four{4, 1};
  const MemorySource large(items_of({1, 2, 3}, 8), {});
  ImportOptions scaled;
  scaled.decoding = to_four;
  write_shard(MemorySource(items_of({2}, 8), {}), path("small.lmdb"), scaled);
  PixelFilter by_result(/*unique=*/false, to_four);
  by_result.exclude(store::Dataset({path("small.lmdb")}));
  EXPECT_EQ(judge_all(by_result, large), (Fates{kStays, kExcluded, kStays}));
  PixelFilter by_original(/*unique=*/false, to_four);
  by_original.exclude(shard({3}, 8));
  EXPECT_EQ(judge_all(by_original, large), (Fates{kStays, kStays, kExcluded}));
}

TEST_F(PixelFilterTest, AnImageScaledBeforeMatchesAnExcludedOriginal) {
  const cv::Mat original = image_of(7, 8);
  std::vector<unsigned char> png;
  cv::Mat bgr(original.size(), CV_8UC3);
  for (std::size_t i = 0; i < original.total(); ++i)
    for (std::size_t c = 0; c < 3; ++c) bgr.data[i * 3 + c] = original.data[i * 3 + 2 - c];
  ASSERT_TRUE(cv::imencode(".png", bgr, png));
  const Decoding to_four{4, 1};
  ImportOptions scaled;
  scaled.decoding = to_four;
  write_shard(MemorySource(items_of({7, 8}, 8), {}), path("small.lmdb"), scaled);
  PixelFilter filter(/*unique=*/false, to_four);
  filter.exclude(encoded_shard({{png.begin(), png.end()}, encoded_image(".png", 5, 5, {})}));
  EXPECT_EQ(judge_all(filter, *source::open_dataset(store::Dataset({path("small.lmdb")}))),
            (Fates{kExcluded, kStays}));
}

TEST_F(PixelFilterTest, RepeatsAreToldByWhatWouldBeStored) {
  write("in/1.png", encoded_image(".png", 8, 4, {10, 20, 30}));
  write("in/2.png", encoded_image(".png", 4, 8, {10, 20, 30}));
  EXPECT_EQ(judge_all(PixelFilter(true, {2, 1}), *folder("in")), (Fates{kStays, kRepeats}));
  EXPECT_EQ(judge_all(PixelFilter(true), *folder("in")), (Fates{kStays, kStays}));
}

TEST_F(PixelFilterTest, ASizeThatNoExcludedImageHasIsRefused) {
  const std::string message = "holds no image of 3 x 3 pixels, which these have";
  const MemorySource source(items_of({1}, 3), {});
  PixelFilter other_size;
  other_size.exclude(shard({1}, 2));
  expect_data_error(message, [&] { judge_all(other_size, source); });
  PixelFilter other_scale(/*unique=*/false, {4, 1});
  other_scale.exclude(shard({1}, 2));
  expect_data_error(message, [&] { judge_all(other_scale, source); });
  other_size.exclude(shard({1}, 3));
  EXPECT_EQ(judge_all(other_size, source), Fates{kExcluded});
}

TEST_F(PixelFilterTest, ImagesOfAnySizeMayHaveOneThatNoExcludedImageHas) {
  const std::vector<std::string> files = {encoded_image(".png", 2, 2, {}),
                                          encoded_image(".png", 4, 2, {})};
  PixelFilter filter;
  filter.exclude(encoded_shard(files));
  EXPECT_EQ(judge_all(filter, MemorySource(items_of({1}, 3), {}, /*encoded=*/true)), Fates{kStays});
  expect_data_error("holds no image of 3 x 3 pixels",
                    [&] { judge_all(filter, MemorySource(items_of({1}, 3), {})); });
}

TEST_F(PixelFilterTest, ADatasetWithoutImagesIsRefused) {
  store::Header header;
  header.columns = {store::name_spec()};
  store::Writer writer(path("names.lmdb"), Overwrite::kRefuse, header);
  writer.append_bytes(store::Column::kName, "a");
  writer.close();
  PixelFilter filter;
  EXPECT_THROW(filter.exclude(store::Dataset({path("names.lmdb")})), DataError);
}

}  // namespace
}  // namespace cs::sample
