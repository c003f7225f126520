#include "image/stored.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "core/error.hpp"
#include "image/fixture.hpp"
#include "support/shards.hpp"

namespace cs::image {
namespace {

class Stored : public TemporaryFolder {
 protected:
  store::Dataset files(const std::vector<std::string>& bytes) const {
    store::Header header;
    header.first = 30;
    header.columns = {store::encoded_image_spec()};
    store::Writer writer(path("files.lmdb"), Overwrite::kAllow, header);
    for (const std::string& file : bytes) writer.append_bytes(store::Column::kImage, file);
    writer.close();
    return store::Dataset({path("files.lmdb")});
  }
};

TEST_F(Stored, PixelsComeInOrderOverChunksAndShards) {
  for (const std::uint32_t part : {0U, 1U}) {
    store::Header header = test::image_header(100 + 2000 * part);
    header.set = {digest("set"), part, 2};
    test::write_images(path("set" + std::to_string(part) + ".lmdb"), 2000, header);
  }
  const store::Dataset set({path("set0.lmdb"), path("set1.lmdb")});
  EXPECT_FALSE(holds_files(set));
  std::uint64_t next = 101;
  each_image(set, next, 3998, [&](std::uint64_t id, std::string_view bytes) {
    ASSERT_EQ(id, next++);
    const auto expected = test::pixels_of(id, 192);
    ASSERT_EQ(bytes.size(), expected.size());
    ASSERT_EQ(std::memcmp(bytes.data(), expected.data(), expected.size()), 0) << id;
    const cv::Mat pixels = pixels_of(set, id, bytes);
    ASSERT_EQ(pixels.size(), cv::Size(8, 8));
    ASSERT_EQ(std::memcmp(pixels.data, expected.data(), expected.size()), 0);
  });
  EXPECT_EQ(next, 4099U);
}

TEST_F(Stored, FilesComeAsTheyAreAndDecode) {
  const std::vector<std::string> bytes = {encoded_image(".png", 7, 5, {1, 2, 3}),
                                          encoded_image(".bmp", 500, 400, {4, 5, 6})};
  const store::Dataset set = files(bytes);
  EXPECT_TRUE(holds_files(set));
  std::vector<std::string> seen;
  each_image(set, [&](std::uint64_t id, std::string_view file) {
    seen.emplace_back(file);
    EXPECT_EQ(pixels_of(set, id, file).at<cv::Vec3b>(0, 0)[1], id == 30 ? 2 : 5);
  });
  EXPECT_EQ(seen, bytes);
  EXPECT_NO_THROW(check_files(set));
}

TEST_F(Stored, MessagesNameShardAndRecord) {
  std::string huge = encoded_image(".jpg", 8, 8, {1, 2, 3});
  const std::size_t frame = huge.find("\xFF\xC0");
  huge.replace(frame + 5, 4, "\xFF\xFF\xFF\xFF");  // height and width
  const std::string whole = encoded_image(".jpg", 64, 64, {9, 9, 9});
  expect_data_error("files.lmdb: record 31: the image claims 65535 x 65535 pixels", [&] {
    check_files(files({whole, huge}));
  });
  expect_data_error("files.lmdb: record 30: ",
                    [&] { check_files(files({whole.substr(0, whole.size() / 2)})); });
  expect_data_error("files.lmdb: record 31: the image is empty", [&] {
    check_files(files({whole, ""}));
  });
}

TEST_F(Stored, RefusesWhatHoldsNoImages) {
  test::write_vectors(path("v.lmdb"), 3, store::Header());
  const store::Dataset vectors({path("v.lmdb")});
  EXPECT_THROW(holds_files(vectors), DataError);
  EXPECT_THROW(check_files(vectors), DataError);
}

}  // namespace
}  // namespace cs::image
