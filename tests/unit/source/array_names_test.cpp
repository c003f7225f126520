#include "source/array_names.hpp"

#include <gtest/gtest.h>

namespace cs::source {
namespace {

std::vector<std::string> partners(const std::string& base) {
  std::vector<std::string> names;
  for (const PartnerName& partner : partner_names(base)) names.push_back(partner.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(ArrayNames, TheBaseIsInLowerCaseAndWithoutTheExtensionOfACompressor) {
  EXPECT_EQ(base_name("Deep/Train_X.BIN.gz"), "train_x.bin");
  EXPECT_EQ(base_name(".gz"), ".gz");
  EXPECT_EQ(folder_of("a/b/c.npy"), "a/b/");
  EXPECT_EQ(folder_of("c.npy"), "");
}

TEST(ArrayNames, NamesTellTheSplit) {
  EXPECT_EQ(split_of("t10k-images-idx3-ubyte"), "test");
  EXPECT_EQ(split_of("data_batch_3.bin"), "train");
  EXPECT_EQ(split_of("unlabeled_x.bin"), "unlabeled");
  EXPECT_EQ(split_of("extra_32x32.npy"), "extra");
  EXPECT_EQ(split_of("val_images.npy"), "val");
  EXPECT_EQ(split_of("images.npy"), "");
}

TEST(ArrayNames, LabelsAreCalledLikeImagesButForAWholeWord) {
  EXPECT_EQ(partners("train-images-idx3-ubyte"), (Names{"train-labels-idx3-ubyte"}));
  EXPECT_EQ(partners("x_train.npy"), (Names{"y_train.npy"}));
  EXPECT_EQ(partners("train_x.bin"), (Names{"train_y.bin"}));
  EXPECT_EQ(partners("data.npy"), (Names{"labels.npy", "label.npy"}));
  EXPECT_EQ(partners("arr_0.npy"), (Names{"arr_1.npy"}));
  EXPECT_EQ(partners("box.npy"), Names());
  EXPECT_EQ(partners("xray.npy"), Names());
  EXPECT_EQ(partners("fog.npy"), Names());
}

TEST(ArrayNames, WordsForLabelsAreWholeWords) {
  EXPECT_TRUE(is_called_labels("labels.npy"));
  EXPECT_TRUE(is_called_labels("target.npy"));
  EXPECT_FALSE(is_called_labels("train_labels.npy"));
  EXPECT_TRUE(mentions_labels("train_labels.npy"));
  EXPECT_FALSE(mentions_labels("unlabeled_x.bin"));
}

}  // namespace
}  // namespace cs::source
