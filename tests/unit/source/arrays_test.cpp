#include "source/arrays.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/npy.hpp"
#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::labels_of;
using test::names_of;
using test::read_all;
using test::TemporaryFolder;

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

/// `count` records of CIFAR-10, labels 0, 1, 2, ..., every byte of pixels the label.
std::string cifar(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += std::string(3073, static_cast<char>(i));
  return bytes;
}

std::string idx(int count, char value = 'p') {
  std::string bytes{'\0', '\0', '\10', '\3', '\0', '\0', '\0', static_cast<char>(count)};
  bytes += std::string("\0\0\0\2\0\0\0\3", 8);
  return bytes + std::string(static_cast<std::size_t>(count) * 6, value);
}

std::string idx_labels(const std::string& labels) {
  return std::string("\0\0\10\1\0\0\0", 7) + static_cast<char>(labels.size()) + labels;
}

std::string npy(int count) {
  return formats::to_npy("u1", {count, 2, 2},
                         std::string(static_cast<std::size_t>(count) * 4, 'p'));
}

std::string npy_labels(const std::string& labels) {
  return formats::to_npy("u1", {static_cast<std::int64_t>(labels.size())}, labels);
}

class ArraysTest : public TemporaryFolder {
 protected:
  std::unique_ptr<Files> folder() const { return open_folder(path("set").string(), "", path(".")); }
  std::unique_ptr<Source> open(ArrayKind kind, const std::string& prefix = "") const {
    return open_arrays(*folder(), kind, prefix);
  }
  std::unique_ptr<Source> open_one(const std::string& name, ArrayKind kind) const {
    return open_array(*open_file(path("set/" + name).string(), path(".")), kind);
  }
  std::optional<ArrayKind> recognize(const std::string& name) const {
    return recognize_array(*open_file(path("set/" + name).string(), path(".")));
  }
};

TEST_F(ArraysTest, PartsOfASetFollowOneAnother) {
  write("set/deep/data_batch_2.bin", cifar(2));
  write("set/deep/data_batch_1.bin", cifar(3));
  write("set/deep/test_batch.bin", cifar(1));
  write("set/deep/readme.html", "text");
  EXPECT_EQ(find_arrays(*folder()), ArrayKind::kCifar10);
  const auto source = open(ArrayKind::kCifar10);
  EXPECT_EQ(names_of(*source), (Names{"test/00000000", "train/00000000", "train/00000001",
                                      "train/00000002", "train/00000003", "train/00000004"}));
  EXPECT_EQ(labels_of(*source), (Labels{0, 0, 1, 2, 0, 1}));
  EXPECT_EQ(source->classes().at(9), "truck");
  EXPECT_FALSE(source->is_encoded());
  const auto pixels = read_all(*source, {3, 0, 3});
  EXPECT_EQ(pixels,
            (Names{std::string(3072, '\2'), std::string(3072, '\0'), std::string(3072, '\2')}));
  EXPECT_EQ(source->decode(3, pixels[0]).at<cv::Vec3b>(31, 31), cv::Vec3b(2, 2, 2));
  EXPECT_EQ(names_of(*open(ArrayKind::kCifar10, "test")), (Names{"00000000"}));
  expect_data_error("holds no 'val', only 'test' 'train'",
                    [&] { open(ArrayKind::kCifar10, "val"); });
}

TEST_F(ArraysTest, APlainFileWinsOverItsPackedCopy) {
  write("set/train-images-idx3-ubyte", idx(2));
  write("set/train-images-idx3-ubyte.gz", "damaged, and never looked at");
  EXPECT_EQ(open(ArrayKind::kIdx)->size(), 2U);
}

TEST_F(ArraysTest, LabelsAndImagesMustBelongTogether) {
  write("set/train-images-idx3-ubyte", idx(3));
  for (const char* labels : {"", "12", "1234"}) {
    write("set/train-labels-idx1-ubyte", idx_labels(labels));
    if (*labels == '\0') continue;
    expect_data_error(
        "holds 3 images, the labels beside it are " + std::to_string(std::string(labels).size()),
        [&] { open(ArrayKind::kIdx); });
  }
  write("set/train-labels-idx1-ubyte", idx_labels({'\1', '\0', '\1'}));
  EXPECT_EQ(labels_of(*open(ArrayKind::kIdx)), (Labels{1, 0, 1}));
  EXPECT_EQ(open(ArrayKind::kIdx)->classes(), (Names{"0", "1"}));
}

TEST_F(ArraysTest, LabelsOfNoImageAreNotNoLabels) {
  write("set/train-images-idx3-ubyte", idx(3));
  write("set/train-labels-idx1-ubyte", idx_labels(""));
  expect_data_error("the labels beside it are 0", [&] { open(ArrayKind::kIdx); });
}

TEST_F(ArraysTest, SeveralFilesThatCouldBeTheSetAreRefused) {
  write("set/a.npy", npy(2));
  write("set/b.npy", npy(3));
  expect_data_error("holds several image files that could be one set: 'a.npy' and 'b.npy'",
                    [&] { open(ArrayKind::kNpy); });
  EXPECT_EQ(open_one("b.npy", ArrayKind::kNpy)->size(), 3U);
}

TEST_F(ArraysTest, ArraysOfOtherShapesAreNoImages) {
  write("set/images.npy", npy(2));
  write("set/labels.npy", npy_labels({'\1', '\0'}));
  write("set/weights.npy", formats::to_npy("f4", {1}, "abcd"));
  const auto source = open(ArrayKind::kNpy);
  EXPECT_EQ(labels_of(*source), (Labels{1, 0}));
  write("set/labels.npy", npy_labels({'\1'}));
  expect_data_error("the labels beside it are 1", [&] { open(ArrayKind::kNpy); });
}

TEST_F(ArraysTest, ClassNamesComeFromTheTextBesideOrFromEverybody) {
  write("set/data_batch_1.bin", cifar(2));
  EXPECT_EQ(open(ArrayKind::kCifar10)->classes().front(), "airplane");
  write("set/batches.meta.txt", "a\r\nb\r\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  EXPECT_EQ(open(ArrayKind::kCifar10)->classes(),
            (Names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}));
  write("set/batches.meta.txt", "only one\n");
  EXPECT_EQ(open(ArrayKind::kCifar10)->classes(), (Names{"0", "1"}))
      << "numbers where names are too few";
}

TEST_F(ArraysTest, FilesAreRecognizedByTheirContent) {
  write("set/1", cifar(3));
  write("set/2", std::string("\1\2", 2) + std::string(3072, 'p'));
  write("set/3", idx(2));
  write("set/4", npy(2));
  write("set/train_X.bin", std::string(27'648, 'p'));
  write("set/5", "text");
  write("set/6", "");
  EXPECT_EQ(recognize("1"), ArrayKind::kCifar10);
  EXPECT_EQ(recognize("2"), ArrayKind::kCifar100);
  EXPECT_EQ(recognize("3"), ArrayKind::kIdx);
  EXPECT_EQ(recognize("4"), ArrayKind::kNpy);
  EXPECT_EQ(recognize("train_X.bin"), ArrayKind::kStl10);
  EXPECT_EQ(recognize("5"), std::nullopt);
  EXPECT_EQ(recognize("6"), std::nullopt);
}

TEST_F(ArraysTest, AFileOfAnotherKindIsRefused) {
  write("set/images.bin", idx(2));
  expect_data_error("is not made of records of 3073 bytes",
                    [&] { open_one("images.bin", ArrayKind::kCifar10); });
  expect_data_error("is not a .npy file", [&] { open_one("images.bin", ArrayKind::kNpy); });
  expect_data_error("is not made of records of 27648 bytes",
                    [&] { open_one("images.bin", ArrayKind::kStl10); });
  expect_data_error("holds no image file of this kind", [&] { open(ArrayKind::kCifar10); });
}

TEST_F(ArraysTest, AFileThatShrinksIsNoticed) {
  write("set/images.npy", npy(5));
  const auto source = open(ArrayKind::kNpy);
  std::filesystem::resize_file(path("set/images.npy"), 128 + 9);
  EXPECT_EQ(read_all(*source, {0, 1}).size(), 2U);
  expect_data_error("became shorter while it was read", [&] { read_all(*source, {2}); });
}

TEST_F(ArraysTest, HugeImagesAreRefused) {
  write("set/images.npy", formats::npy_header("u1", {1, 20'000, 20'000}));
  std::filesystem::resize_file(path("set/images.npy"), 128 + 400'000'000);
  expect_data_error("has images of over 64 Mi pixels", [&] { open(ArrayKind::kNpy); });
}

}  // namespace
}  // namespace cs::source
