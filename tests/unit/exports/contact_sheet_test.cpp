#include "exports/contact_sheet.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "store/writer.hpp"
#include "support/archives.hpp"
#include "support/shards.hpp"

namespace cs::exports {
namespace {

using test::encoded_image;
using test::expect_data_error;
using test::TemporaryFolder;

class ContactSheet : public TemporaryFolder {
 protected:
  store::Dataset images(std::uint64_t count, const store::Header& header) const {
    test::write_images(path("a.lmdb"), count, header);
    return store::Dataset({path("a.lmdb")});
  }
};

/// The image of record `id` as test::write_images() makes it.
cv::Mat stored(std::uint64_t id, int side) {
  cv::Mat image(side, side, CV_8UC3);
  const auto pixels = test::pixels_of(id, image.total() * 3);
  std::memcpy(image.data, pixels.data(), pixels.size());
  return image;
}

/// Whether `sheet` shows `image`, each pixel `factor` wide, with its corner at (x, y).
bool shows(const cv::Mat& sheet, const cv::Mat& image, int factor, int x, int y) {
  for (int i = 0; i < image.cols * factor; ++i)
    for (int j = 0; j < image.rows * factor; ++j)
      if (sheet.at<cv::Vec3b>(y + j, x + i) != image.at<cv::Vec3b>(j / factor, i / factor))
        return false;
  return true;
}

/// Whether anything is written in a strip that starts at (x, y).
bool has_text(const cv::Mat& sheet, int x, int y, int width) {
  const cv::Mat strip = sheet(cv::Rect(x, y, width, kSheetText));
  return cv::norm(strip, cv::Mat(strip.size(), CV_8UC3, cv::Scalar::all(255)), cv::NORM_INF) > 100;
}

constexpr int kStep = 96 + kSheetGap;  // 8 pixels, each 12 wide
constexpr int kDown = 96 + kSheetText + kSheetGap;

TEST_F(ContactSheet, ShowsImagesTenARowEnlargedByAWholeFactor) {
  const cv::Mat sheet = contact_sheet(images(23, test::image_header(100)), 10);
  EXPECT_EQ(sheet.type(), CV_8UC3);
  EXPECT_EQ(sheet.size(), cv::Size(4 + 10 * kStep, 4 + 3 * kDown));
  EXPECT_TRUE(shows(sheet, stored(100, 8), 12, 4, 4));
  EXPECT_TRUE(shows(sheet, stored(109, 8), 12, 4 + 9 * kStep, 4));
  EXPECT_TRUE(shows(sheet, stored(122, 8), 12, 4 + 2 * kStep, 4 + 2 * kDown));
  EXPECT_TRUE(has_text(sheet, 4, 4 + 96, 96));
  EXPECT_FALSE(has_text(sheet, 4 + 3 * kStep, 4 + 2 * kDown + 96, 96)) << "past the last";
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 2 * kDown, 4 + 3 * kStep), cv::Vec3b::all(255));
}

TEST_F(ContactSheet, WritesIdAndClassBelowEachImage) {
  const cv::Mat sheet = contact_sheet(images(3, test::image_header(100)), 10);
  const std::vector<std::string> texts = {"100 cat", "101 dog", "102 "};
  for (int i = 0; i < 3; ++i) {
    cv::Mat expected(kSheetText, 96, CV_8UC3, cv::Scalar::all(255));
    cv::putText(expected, texts[static_cast<std::size_t>(i)], {0, kSheetText - 4},
                cv::FONT_HERSHEY_SIMPLEX, 0.35, cv::Scalar::all(0), 1, cv::LINE_AA);
    const cv::Mat strip = sheet(cv::Rect(4 + i * kStep, 4 + 96, 96, kSheetText));
    EXPECT_EQ(cv::norm(strip, expected, cv::NORM_INF), 0) << i;
  }
}

TEST_F(ContactSheet, IsAsNarrowAndAsShortAsItsRecords) {
  const store::Dataset few = images(3, test::image_header());
  EXPECT_EQ(contact_sheet(few, 10).size(), cv::Size(4 + 3 * kStep, 4 + kDown));
  const store::Dataset many = images(60, test::image_header());
  EXPECT_EQ(contact_sheet(many, 2).size(), cv::Size(4 + 10 * kStep, 4 + 2 * kDown));
}

TEST_F(ContactSheet, LargeImagesKeepTheirSize) {
  const cv::Mat sheet = contact_sheet(images(2, test::image_header(0, 100)), 10);
  EXPECT_EQ(sheet.size(), cv::Size(4 + 2 * 104, 4 + 100 + kSheetText + kSheetGap));
  EXPECT_TRUE(shows(sheet, stored(1, 100), 1, 108, 4));
}

TEST_F(ContactSheet, ShowsTheViewsOfAnOriginalSideBySide) {
  store::Header header = test::image_header(40);
  header.views = 4;
  header.originals = Digest{};
  const cv::Mat sheet = contact_sheet(images(12, header), 2);
  EXPECT_EQ(sheet.size(), cv::Size(4 + 4 * kStep, 4 + 2 * kDown));
  EXPECT_TRUE(shows(sheet, stored(43, 8), 12, 4 + 3 * kStep, 4));
  EXPECT_TRUE(shows(sheet, stored(44, 8), 12, 4, 4 + kDown));
  EXPECT_TRUE(has_text(sheet, 4, 4 + 96, 96));
  EXPECT_FALSE(has_text(sheet, 4 + 2 * kStep, 4 + 96, 96)) << "one line a row";
}

TEST_F(ContactSheet, ManyViewsAreCutAtTheColumnsOfASheet) {
  store::Header header = test::image_header();
  header.views = 25;
  header.originals = Digest{};
  const cv::Mat sheet = contact_sheet(images(50, header), 10);
  EXPECT_EQ(sheet.size(), cv::Size(4 + 10 * kStep, 4 + 2 * kDown));
  EXPECT_TRUE(shows(sheet, stored(25, 8), 12, 4, 4 + kDown));
}

TEST_F(ContactSheet, HostileClassNamesStayInTheirCell) {
  store::Header header = test::image_header();
  header.classes = {"\x1b[2J\n\xff \xc3\xa4\xe2\x82\xac", std::string(5000, 'W')};
  const cv::Mat sheet = contact_sheet(images(3, header), 10);
  ASSERT_EQ(sheet.size(), cv::Size(4 + 3 * kStep, 4 + kDown));
  for (int column = 0; column < 3; ++column) {
    EXPECT_TRUE(
        shows(sheet, stored(static_cast<std::uint64_t>(column), 8), 12, 4 + column * kStep, 4));
    EXPECT_TRUE(has_text(sheet, 4 + column * kStep, 4 + 96, 96));
    EXPECT_FALSE(has_text(sheet, column * kStep, 4 + 96, kSheetGap));
  }
}

TEST_F(ContactSheet, FitsFilesOfAnySizeIntoSquares) {
  store::Header header;
  header.columns = {store::encoded_image_spec()};
  store::Writer writer(path("files.lmdb"), Overwrite::kRefuse, header);
  for (const std::string& file :
       {encoded_image(".png", 512, 256, {200, 0, 0}), encoded_image(".jpg", 30, 60, {0, 0, 250}),
        encoded_image(".png", 3000, 1, {0, 200, 0})})
    writer.append_bytes(store::Column::kImage, file);
  writer.close();
  const cv::Mat sheet = contact_sheet(store::Dataset({path("files.lmdb")}), 10);
  constexpr int kSquare = kSheetSquare + kSheetGap;
  ASSERT_EQ(sheet.size(), cv::Size(4 + 3 * kSquare, 4 + kSquare + kSheetText));
  const auto at = [&](int column, int x, int y) {
    return sheet.at<cv::Vec3b>(4 + y, 4 + column * kSquare + x);
  };
  EXPECT_EQ(at(0, 0, 32), cv::Vec3b(200, 0, 0)) << "shrunk to 128 x 64";
  EXPECT_EQ(at(0, 127, 95), cv::Vec3b(200, 0, 0));
  EXPECT_EQ(at(0, 64, 31), cv::Vec3b::all(255));
  EXPECT_EQ(at(0, 64, 96), cv::Vec3b::all(255));
  EXPECT_GT(at(1, 34, 4)[2], 240) << "enlarged to 60 x 120";
  EXPECT_GT(at(1, 93, 123)[2], 240);
  EXPECT_EQ(at(1, 33, 64), cv::Vec3b::all(255));
  EXPECT_EQ(at(1, 64, 3), cv::Vec3b::all(255));
  EXPECT_EQ(at(2, 5, 63), cv::Vec3b(0, 200, 0)) << "a line stays one pixel high";
  EXPECT_TRUE(has_text(sheet, 4, 4 + kSheetSquare, kSheetSquare));
}

TEST_F(ContactSheet, NamesTheRecordThatCannotBeDecoded) {
  store::Header header;
  header.first = 70;
  header.columns = {store::encoded_image_spec()};
  store::Writer writer(path("files.lmdb"), Overwrite::kRefuse, header);
  writer.append_bytes(store::Column::kImage, encoded_image(".png", 8, 8, {1, 2, 3}));
  writer.append_bytes(store::Column::kImage, "no image");
  writer.close();
  expect_data_error("files.lmdb: record 71: not an image",
                    [&] { contact_sheet(store::Dataset({path("files.lmdb")}), 10); });
}

TEST_F(ContactSheet, RefusesWhatHoldsNoImagesAndWhatIsTooLarge) {
  store::Header header = test::image_header();
  header.of = Digest{};
  test::write_vectors(path("v.lmdb"), 4, header);
  const store::Dataset answers({path("v.lmdb")});
  EXPECT_THROW(contact_sheet(answers, 10), DataError);
  const store::Dataset wide = images(200, test::image_header(0, 700));
  EXPECT_NO_THROW(contact_sheet(wide, 1));
  EXPECT_THROW(contact_sheet(wide, 20), UsageError);
}

}  // namespace
}  // namespace cs::exports
