#include "source/arrays.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/npy.hpp"
#include "source/kinds.hpp"
#include "support/operands.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::labels_of;
using test::names_of;
using test::read_all;

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

class ArraysTest : public test::SourceFolder {
 protected:
  std::unique_ptr<Source> open_set(const Kind& kind, const std::string& prefix = "",
                                   bool labels = true) {
    return open(kind, "set", prefix, labels);
  }
  /// The word of the kind that recognizes a file of the set.
  std::string kind_of(const std::string& name) {
    const std::vector<std::pair<const char*, const Kind*>> kinds = {{"stl10", &kStl10},
                                                                    {"cifar10", &kCifar10},
                                                                    {"cifar100", &kCifar100},
                                                                    {"idx", &kIdx},
                                                                    {"npy", &kNpy}};
    std::string found;
    for (const auto& [word, kind] : kinds)
      if (recognized(*kind, "set/" + name)) found += word;
    return found;
  }
};

TEST_F(ArraysTest, PartsOfASetFollowOneAnother) {
  write("set/deep/data_batch_2.bin", cifar(2));
  write("set/deep/data_batch_1.bin", cifar(3));
  write("set/deep/test_batch.bin", cifar(1));
  write("set/deep/readme.html", "text");
  EXPECT_TRUE(recognized(kCifar10, "set"));
  EXPECT_FALSE(recognized(kCifar100, "set"));
  const auto source = open_set(kCifar10);
  EXPECT_EQ(names_of(*source), (Names{"test/00000000", "train/00000000", "train/00000001",
                                      "train/00000002", "train/00000003", "train/00000004"}));
  EXPECT_EQ(labels_of(*source), (Labels{0, 0, 1, 2, 0, 1}));
  EXPECT_EQ(source->classes().at(9), "truck");
  EXPECT_FALSE(source->is_encoded());
  const auto pixels = read_all(*source, {3, 0, 3});
  EXPECT_EQ(pixels,
            (Names{std::string(3072, '\2'), std::string(3072, '\0'), std::string(3072, '\2')}));
  EXPECT_EQ(source->decode(3, pixels[0]).at<cv::Vec3b>(31, 31), cv::Vec3b(2, 2, 2));
  EXPECT_EQ(names_of(*open_set(kCifar10, "test")), (Names{"00000000"}));
  expect_data_error("holds no 'val', only 'test' 'train'", [&] { open_set(kCifar10, "val"); });
}

TEST_F(ArraysTest, APlainFileWinsOverItsPackedCopy) {
  write("set/train-images-idx3-ubyte", idx(2));
  write("set/train-images-idx3-ubyte.gz", "damaged, and never looked at");
  EXPECT_EQ(open_set(kIdx)->size(), 2U);
}

TEST_F(ArraysTest, LabelsAndImagesMustBelongTogether) {
  write("set/train-images-idx3-ubyte", idx(3));
  for (const char* labels : {"", "12", "1234"}) {
    write("set/train-labels-idx1-ubyte", idx_labels(labels));
    if (*labels == '\0') continue;
    expect_data_error(
        "holds 3 images, the labels beside it are " + std::to_string(std::string(labels).size()),
        [&] { open_set(kIdx); });
  }
  write("set/train-labels-idx1-ubyte", idx_labels({'\1', '\0', '\1'}));
  EXPECT_EQ(labels_of(*open_set(kIdx)), (Labels{1, 0, 1}));
  EXPECT_EQ(open_set(kIdx)->classes(), (Names{"0", "1"}));
}

TEST_F(ArraysTest, LabelsOfNoImageAreNotNoLabels) {
  write("set/train-images-idx3-ubyte", idx(3));
  write("set/train-labels-idx1-ubyte", idx_labels(""));
  expect_data_error("the labels beside it are 0", [&] { open_set(kIdx); });
}

TEST_F(ArraysTest, SeveralFilesThatCouldBeTheSetAreRefused) {
  write("set/a.npy", npy(2));
  write("set/b.npy", npy(3));
  expect_data_error("holds several image files that could be one set: 'a.npy' and 'b.npy'",
                    [&] { open_set(kNpy); });
  EXPECT_EQ(open(kNpy, "set/b.npy")->size(), 3U);
}

TEST_F(ArraysTest, ArraysOfOtherShapesAreNoImages) {
  write("set/images.npy", npy(2));
  write("set/labels.npy", npy_labels({'\1', '\0'}));
  write("set/weights.npy", formats::to_npy("f4", {1}, "abcd"));
  const auto source = open_set(kNpy);
  EXPECT_EQ(labels_of(*source), (Labels{1, 0}));
  write("set/labels.npy", npy_labels({'\1'}));
  expect_data_error("the labels beside it are 1", [&] { open_set(kNpy); });
}

TEST_F(ArraysTest, ClassNamesComeFromTheTextBesideOrFromEverybody) {
  write("set/data_batch_1.bin", cifar(2));
  EXPECT_EQ(open_set(kCifar10)->classes().front(), "airplane");
  write("set/batches.meta.txt", "a\r\nb\r\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
  EXPECT_EQ(open_set(kCifar10)->classes(),
            (Names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}));
  write("set/batches.meta.txt", "only one\n");
  EXPECT_EQ(open_set(kCifar10)->classes(), (Names{"0", "1"})) << "numbers where names are too few";
}

TEST_F(ArraysTest, FilesAreRecognizedByTheirContent) {
  write("set/1", cifar(3));
  write("set/2", std::string("\1\2", 2) + std::string(3072, 'p'));
  write("set/3", idx(2));
  write("set/4", npy(2));
  write("set/train_X.bin", std::string(27'648, 'p'));
  write("set/5", "text");
  write("set/6", "");
  EXPECT_EQ(kind_of("1"), "cifar10");
  EXPECT_EQ(kind_of("2"), "cifar100");
  EXPECT_EQ(kind_of("3"), "idx");
  EXPECT_EQ(kind_of("4"), "npy");
  EXPECT_EQ(kind_of("train_X.bin"), "stl10");
  EXPECT_EQ(kind_of("5"), "");
  EXPECT_EQ(kind_of("6"), "");
}

TEST_F(ArraysTest, AFileOfAnotherKindIsRefused) {
  write("set/images.bin", idx(2));
  expect_data_error("is not made of records of 3073 bytes",
                    [&] { open(kCifar10, "set/images.bin"); });
  expect_data_error("is not a .npy file", [&] { open(kNpy, "set/images.bin"); });
  expect_data_error("is not made of records of 27648 bytes",
                    [&] { open(kStl10, "set/images.bin"); });
  expect_data_error("holds no image file of this kind", [&] { open_set(kCifar10); });
}

TEST_F(ArraysTest, AFileThatShrinksIsNoticed) {
  write("set/images.npy", npy(5));
  const auto source = open_set(kNpy);
  std::filesystem::resize_file(path("set/images.npy"), 128 + 9);
  EXPECT_EQ(read_all(*source, {0, 1}).size(), 2U);
  expect_data_error("became shorter while it was read", [&] { read_all(*source, {2}); });
}

TEST_F(ArraysTest, HugeImagesAreRefused) {
  write("set/images.npy", formats::npy_header("u1", {1, 20'000, 20'000}));
  std::filesystem::resize_file(path("set/images.npy"), 128 + 400'000'000);
  expect_data_error("has images of over 64 Mi pixels", [&] { open_set(kNpy); });
}

TEST_F(ArraysTest, AnImageFileBesideArraysMakesAFolderOfImages) {
  write("set/train-images-idx3-ubyte", idx(2));
  EXPECT_TRUE(recognized(kIdx, "set"));
  write("set/preview.gif", "GIF89a");
  EXPECT_TRUE(recognized(kIdx, "set")) << "arrays go before images of any name";
  write("set/preview.png", "x");
  EXPECT_FALSE(recognized(kIdx, "set"));
}

TEST_F(ArraysTest, LabelsOfAnyNameBelongToTheOnlyImages) {
  write("set/fog.npy", npy(3));
  write("set/labels.npy", npy_labels({'\1', '\0', '\1'}));
  for (const char* name : {"set", "set/fog.npy"}) {
    EXPECT_EQ(labels_of(*open(kNpy, name)), (Labels{1, 0, 1})) << name;
    EXPECT_TRUE(remarks().empty());
  }
  write_tar("a.tar", {{"x/fog.npy", npy(3)}, {"x/labels.npy", npy_labels({'\2', '\0', '\1'})}});
  EXPECT_EQ(labels_of(*open(kNpy, "a.tar")), (Labels{2, 0, 1}));
  write("idx/digits.idx3", idx(2));
  write("idx/labels.idx1", idx_labels({'\1', '\0'}));
  EXPECT_EQ(labels_of(*open(kIdx, "idx")), (Labels{1, 0}));
}

TEST_F(ArraysTest, LabelsOfAnotherFolderAreNotBeside) {
  write("set/fog.npy", npy(2));
  write("set/other/labels.npy", npy_labels({'\1', '\0'}));
  EXPECT_TRUE(open_set(kNpy)->classes().empty());
  EXPECT_TRUE(remarked("passed over 1 array that holds no images: other/labels.npy"));
}

TEST_F(ArraysTest, LabelsLieInTheFolderOfTheirImages) {
  write("set/a/x.npy", npy(2));
  write("set/a/y.npy", npy_labels({'\1', '\0'}));
  write("set/y.npy", npy_labels({'\0', '\1'}));
  EXPECT_EQ(labels_of(*open_set(kNpy)), (Labels{1, 0}));
}

TEST_F(ArraysTest, LabelsThatAreNotUsedAreRemarkedWithTheReason) {
  write("set/fog.npy", npy(3));
  const auto expect_remark = [&](const std::string& remark) {
    for (const char* name : {"set", "set/fog.npy"}) {
      EXPECT_TRUE(open(kNpy, name)->classes().empty()) << name;
      ASSERT_EQ(remarks().size(), 1U) << name;
      EXPECT_TRUE(remarked(remark)) << remarks()[0];
    }
  };
  write("set/labels.npy", npy_labels({'\1', '\0'}));
  expect_remark("'labels.npy' beside 'fog.npy' is not used: it holds 2 labels, and there are 3");
  write("set/labels.npy", formats::to_npy("u1", {3, 2}, "123456"));
  expect_remark("is not used: it does not hold one label for each image");
  write("set/labels.npy", formats::to_npy("f4", {3}, std::string(12, '\0')));
  expect_remark("is not used: it holds f4, not whole numbers");
  std::filesystem::remove(path("set/labels.npy"));
  write("set/train_labels.npy", npy_labels({'\1', '\0', '\1'}));
  expect_remark("'train_labels.npy' beside 'fog.npy' is not used: its name does not say");
}

TEST_F(ArraysTest, LabelsOfSeveralImageFilesAreOfNoneInParticular) {
  write("set/x_train.npy", npy(2));
  write("set/x_test.npy", npy(2));
  write("set/labels.npy", npy_labels({'\1', '\0'}));
  EXPECT_TRUE(open_set(kNpy)->classes().empty());
  EXPECT_EQ(remarks().size(), 1U);
  EXPECT_TRUE(remarked("it could be of any of several image files"));
}

TEST_F(ArraysTest, LabelsThatNobodyWantsMayHaveAnyForm) {
  write("set/images.npy", npy(2));
  const std::vector<std::string> forms = {
      npy_labels({'\1'}),                                      // too few
      formats::to_npy("u1", {2, 14}, std::string(28, '\1')),   // several a record
      formats::to_npy("u1", {2, 2, 2}, std::string(8, '\1')),  // as images
      formats::to_npy("u1", {2, 3, 1, 1}, std::string(6, '\1')),
      formats::to_npy("f4", {2}, std::string(8, '\1')),
      "no array at all"};
  for (std::size_t i = 0; i < forms.size(); ++i) {
    write("set/labels.npy", forms[i]);
    write_zip("a.npz", {{"images.npy", npy(2)}, {"labels.npy", forms[i]}}, "store");
    for (const char* name : {"set", "set/images.npy", "a.npz"}) {
      const auto source = open(kNpy, name, "", false);
      EXPECT_EQ(source->size(), 2U) << name << ' ' << i;
      EXPECT_TRUE(source->classes().empty());
      EXPECT_TRUE(remarks().empty()) << name << ' ' << i;
      expect_data_error("or pass `unlabeled`", [&] { open(kNpy, name); });
    }
  }
  write("fog/fog.npy", npy(2));
  write("fog/labels.npy", formats::to_npy("u1", {2, 14}, std::string(28, '\1')));
  EXPECT_EQ(open(kNpy, "fog", "", false)->size(), 2U);
  EXPECT_TRUE(remarks().empty());
}

TEST_F(ArraysTest, TheSecondOfTwoNamelessArraysIsLabelsOnlyInTheirForm) {
  write_zip("a.npz", {{"arr_0.npy", npy(2)}, {"arr_1.npy", npy_labels({'\0', '\1'})}}, "store");
  EXPECT_EQ(labels_of(*open(kNpy, "a.npz")), (Labels{0, 1}));
  write_zip("a.npz", {{"arr_0.npy", npy(2)}, {"arr_1.npy", npy(2)}}, "store");
  expect_data_error("several image files that could be one set",
                    [&] { open(kNpy, "a.npz", "", false); });
}

TEST_F(ArraysTest, ArraysThatAreNeitherImagesNorLabelsAreRemarked) {
  write("set/images.npy", npy(1));
  write("set/weights.npy", formats::to_npy("f4", {1}, "abcd"));
  write("set/titles.npy", "damaged");
  EXPECT_EQ(open_set(kNpy)->size(), 1U);
  EXPECT_TRUE(remarked("passed over 2 arrays that hold no images: titles.npy, weights.npy"));
  std::filesystem::remove(path("set/images.npy"));
  expect_data_error("titles.npy: ", [&] { open_set(kNpy); });
}

}  // namespace
}  // namespace cs::source
