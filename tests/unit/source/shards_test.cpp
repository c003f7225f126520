#include "source/shards.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "support/archives.hpp"
#include "support/shards.hpp"

namespace cs::source {
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::labels_of;
using test::names_of;
using test::read_all;
using test::TemporaryFolder;

class RecordsTest : public TemporaryFolder {
 protected:
  std::unique_ptr<Source> open() const { return open_dataset(store::Dataset({path("a.lmdb")})); }
};

TEST_F(RecordsTest, RecordsKeepPixelsLabelsAndNames) {
  test::write_images(path("a.lmdb"), 200, test::image_header(1000));
  const auto source = open();
  ASSERT_EQ(source->size(), 200U);
  EXPECT_EQ(source->classes(), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_FALSE(source->is_encoded());
  const std::vector<std::size_t> wanted = {7, 8, 9, 199, 0, 7, 7};
  const auto pixels = read_all(*source, wanted);
  ASSERT_EQ(pixels.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::uint64_t id = 1000 + wanted[i];
    const auto expected = test::pixels_of(id, 192);
    EXPECT_EQ(std::memcmp(pixels[i].data(), expected.data(), 192), 0);
    const cv::Mat image = source->decode(wanted[i], pixels[i]);
    EXPECT_EQ(std::memcmp(image.data, expected.data(), 192), 0);
    EXPECT_EQ(image.size(), cv::Size(8, 8));
    EXPECT_EQ(source->item(wanted[i]).label, test::label_of(id));
    EXPECT_EQ(source->item(wanted[i]).name, test::record_name(id));
  }
}

TEST_F(RecordsTest, WithoutNamesRecordsAreCalledByTheirIds) {
  store::Header header = test::image_header(40);
  header.columns = {store::image_spec(8, 8)};
  header.classes.clear();
  store::Writer writer(path("a.lmdb"), Overwrite::kRefuse, header);
  for (int i = 0; i < 3; ++i)
    writer.append(store::Column::kImage, test::pixels_of(1, 192).data(), 1);
  writer.close();
  EXPECT_EQ(names_of(*open()), (std::vector<std::string>{"40", "41", "42"}));
  EXPECT_EQ(labels_of(*open()), (std::vector<std::int32_t>{-1, -1, -1}));
}

TEST_F(RecordsTest, ALabelThatIsNoClassIsRefused) {
  store::Header header = test::image_header();
  header.classes = {"cat"};  // label_of() gives 1 to every third record
  test::write_images(path("a.lmdb"), 3, header);
  expect_data_error("a.lmdb: holds a label that is none of its classes", [&] { open(); });
}

TEST_F(RecordsTest, EncodedImagesAreDecodedOnDemand) {
  store::Header header;
  header.columns = {store::encoded_image_spec(), store::name_spec()};
  store::Writer writer(path("a.lmdb"), Overwrite::kRefuse, header);
  const std::vector<std::string> files = {encoded_image(".png", 5, 4, {1, 2, 3}),
                                          encoded_image(".jpg", 50, 40, {1, 2, 3}), "damaged"};
  for (const std::string& file : files) {
    writer.append_bytes(store::Column::kImage, file);
    writer.append_bytes(store::Column::kName, "x.png");
  }
  writer.close();
  const auto source = open();
  EXPECT_TRUE(source->is_encoded());
  EXPECT_EQ(read_all(*source, {2, 0, 1}), (std::vector<std::string>{files[2], files[0], files[1]}));
  EXPECT_EQ(source->decode(1, files[1]).size(), cv::Size(50, 40));
  expect_data_error("x.png: not an image of a known format", [&] { source->decode(2, files[2]); });
}

TEST_F(RecordsTest, AShardWithoutImagesIsRefused) {
  test::write_vectors(path("a.lmdb"), 3, {});
  EXPECT_THROW(open(), DataError);
}

}  // namespace
}  // namespace cs::source
