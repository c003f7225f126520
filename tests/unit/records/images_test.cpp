#include "records/images.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "support/images.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::records {
namespace {

using test::encoded_image;
using test::expect_data_error;

/// Ids and images as they come.
std::vector<std::pair<std::uint64_t, cv::Mat>> all_of(const store::Dataset& set,
                                                      std::uint64_t first, std::uint64_t count) {
  std::vector<std::pair<std::uint64_t, cv::Mat>> all;
  for_each_image(set, first, count,
                 [&](std::uint64_t id, const cv::Mat& rgb) { all.emplace_back(id, rgb); });
  return all;
}

store::Dataset write_encoded(const std::filesystem::path& path, std::uint64_t first,
                             const std::vector<std::string>& files) {
  store::Header header;
  header.first = first;
  header.columns = {store::encoded_image_spec()};
  store::Writer writer(path, Overwrite::kAllow, header);
  for (const std::string& file : files) writer.append_bytes(store::Column::kImage, file);
  writer.close();
  return store::Dataset({path});
}

TEST(Images, OfRawShardsComeAsTheyAreAndStayValid) {
  const test::TempDir dir;
  const std::uint32_t side = 100;  // 30,000 bytes: more than one block
  test::write_images(dir / "a.lmdb", 200, test::image_header(1000, side));
  const store::Dataset set({dir / "a.lmdb"});
  EXPECT_FALSE(is_encoded(set));
  const auto all = all_of(set, 1010, 170);
  ASSERT_EQ(all.size(), 170U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].first, 1010 + i);
    ASSERT_EQ(all[i].second.size(), cv::Size(side, side));
    ASSERT_TRUE(all[i].second.isContinuous());
    const auto pixels = test::pixels_of(1010 + i, std::size_t{side} * side * 3);
    EXPECT_EQ(std::memcmp(all[i].second.data, pixels.data(), pixels.size()), 0) << i;
  }
  EXPECT_TRUE(all_of(set, 1010, 0).empty());
}

TEST(Images, OfEncodedShardsAreDecodedEachAtItsSize) {
  const test::TempDir dir;
  const store::Dataset set = write_encoded(
      dir / "a.lmdb", 5,
      {encoded_image(".png", 30, 20, {1, 2, 3}), encoded_image(".bmp", 7, 9, {4, 5, 6}),
       encoded_image(".png", 1, 1, {7, 8, 9})});
  EXPECT_TRUE(is_encoded(set));
  const auto all = all_of(set, 6, 2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, 6U);
  EXPECT_EQ(all[0].second.size(), cv::Size(7, 9));
  EXPECT_EQ(all[0].second.at<cv::Vec3b>(8, 6), cv::Vec3b(4, 5, 6));
  EXPECT_EQ(all[1].second.at<cv::Vec3b>(0, 0), cv::Vec3b(7, 8, 9));
}

TEST(Images, ComeInOrderOverChunksAndShards) {
  const test::TempDir dir;
  for (const std::uint32_t part : {0U, 1U}) {
    store::Header header = test::image_header(100 + 2000 * part);
    header.set = {digest("set"), part, 2};
    test::write_images(dir / ("set" + std::to_string(part) + ".lmdb"), 2000, header);
  }
  const store::Dataset set({dir / "set0.lmdb", dir / "set1.lmdb"});
  std::uint64_t next = 101;
  for_each_stored(set, next, 3998, [&](std::uint64_t id, std::string_view bytes) {
    ASSERT_EQ(id, next++);
    const auto expected = test::pixels_of(id, 192);
    ASSERT_EQ(bytes.size(), expected.size());
    ASSERT_EQ(std::memcmp(bytes.data(), expected.data(), expected.size()), 0) << id;
  });
  EXPECT_EQ(next, 4099U);
}

TEST(Images, ThatAreFilesAreHandedOutAsTheyAreStored) {
  const test::TempDir dir;
  const std::vector<std::string> files = {encoded_image(".png", 7, 5, {1, 2, 3}),
                                          encoded_image(".bmp", 500, 400, {4, 5, 6})};
  const store::Dataset set = write_encoded(dir / "a.lmdb", 30, files);
  std::vector<std::string> seen;
  for_each_stored(set, 30, 2, [&](std::uint64_t id, std::string_view file) {
    seen.emplace_back(file);
    EXPECT_EQ(image_of(set, id, file).at<cv::Vec3b>(0, 0)[1], id == 30 ? 2 : 5);
  });
  EXPECT_EQ(seen, files);
  EXPECT_NO_THROW(check_files(set));
}

TEST(Images, ThatLieOrAreCutAreFoundByCheckingAll) {
  const test::TempDir dir;
  std::string huge = encoded_image(".jpg", 8, 8, {1, 2, 3});
  const std::size_t frame = huge.find("\xFF\xC0");
  huge.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");  // height and width
  const std::string whole = encoded_image(".jpg", 64, 64, {9, 9, 9});
  const auto check = [&](const std::vector<std::string>& files) {
    check_files(write_encoded(dir / "a.lmdb", 30, files));
  };
  expect_data_error("a.lmdb: record 31: the image claims 65535 x 65535 pixels", [&] {
    check({whole, huge});
  });
  expect_data_error("a.lmdb: record 30: ", [&] { check({whole.substr(0, whole.size() / 2)}); });
  expect_data_error("a.lmdb: record 31: the image is empty", [&] { check({whole, ""}); });
}

TEST(Images, OfADamagedRecordNameItAndTheDataset) {
  const test::TempDir dir;
  const store::Dataset set =
      write_encoded(dir / "a.lmdb", 5, {encoded_image(".png", 3, 2, {1, 2, 3}), "no image", ""});
  EXPECT_EQ(all_of(set, 5, 1).size(), 1U);
  expect_data_error("a.lmdb: record 6: not an image", [&] { all_of(set, 5, 2); });
  expect_data_error("a.lmdb: record 7: the image is empty", [&] { all_of(set, 7, 1); });
}

TEST(Images, OfADatasetWithoutAnyAreRefused) {
  const test::TempDir dir;
  test::write_vectors(dir / "v.lmdb", 3, {});
  const store::Dataset set({dir / "v.lmdb"});
  EXPECT_THROW(is_encoded(set), DataError);
  EXPECT_THROW(all_of(set, 0, 1), DataError);
  EXPECT_THROW(check_files(set), DataError);
}

}  // namespace
}  // namespace cs::records
