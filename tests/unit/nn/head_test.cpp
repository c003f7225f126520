#include "nn/head.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "formats/safetensors.hpp"
#include "nn/encoder.hpp"
#include "nn/weights_file.hpp"
#include "support/temp_dir.hpp"

namespace cs::nn {
namespace {

Head make_head() {
  return {at::tensor({1.0F, 2.0F, -1.0F, 0.5F, 0.0F, 3.0F}).view({2, 3}),
          at::tensor({0.25F, -1.0F}),
          {"cat", "two\nlines"}};
}

TEST(Head, GivesTheLogitsOfALinearLayer) {
  const at::Tensor x = at::tensor({1.0F, 1.0F, 2.0F}).view({1, 3});
  const at::Tensor expected = at::tensor({1 + 2 - 2 + 0.25F, 0.5F + 6 - 1}).view({1, 2});
  EXPECT_TRUE(logits(make_head(), x).equal(expected));
}

TEST(Head, IsReadAsItWasWritten) {
  const test::TempDir dir;
  save_head(dir / "h", make_head(), {{"encoder", "abc"}}, Overwrite::kRefuse);
  const HeadFile file = load_head(dir / "h");
  EXPECT_TRUE(file.head.weight.equal(make_head().weight));
  EXPECT_TRUE(file.head.bias.equal(make_head().bias));
  EXPECT_EQ(file.head.classes, make_head().classes);
  EXPECT_EQ(file.about.at("encoder"), "abc");
  EXPECT_EQ(file.digest, digest(read_file(dir / "h")));
}

TEST(Head, ThatIsDamagedAnywhereIsRefused) {
  const test::TempDir dir;
  save_head(dir / "h", make_head(), Json::object(), Overwrite::kRefuse);
  const std::string good = read_file(dir / "h");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_file(dir / "bad", bad, Overwrite::kAllow);
    EXPECT_THROW(load_head(dir / "bad"), DataError) << "byte " << at;
    write_file(dir / "bad", good.substr(0, at), Overwrite::kAllow);
    EXPECT_THROW(load_head(dir / "bad"), DataError) << "cut at " << at;
  }
}

TEST(Head, WhosePartsDisagreeIsRefused) {
  const test::TempDir dir;
  const auto refuses = [&](const Head& head) {
    save_head(dir / "h", head, Json::object(), Overwrite::kAllow);
    EXPECT_THROW(load_head(dir / "h"), DataError);
  };
  Head head = make_head();
  head.classes.emplace_back("third");
  refuses(head);
  head = make_head();
  head.bias = at::zeros({3});
  refuses(head);
  head = make_head();
  head.weight = at::zeros({2});
  refuses(head);
  head = make_head();
  head.weight[0][0] = std::numeric_limits<float>::quiet_NaN();
  refuses(head);
  head = {at::zeros({1, 3}), at::zeros({1}), {"alone"}};
  refuses(head);
}

TEST(Head, AndEncoderAreNotTakenForEachOther) {
  const test::TempDir dir;
  save_head(dir / "head", make_head(), Json::object(), Overwrite::kRefuse);
  EXPECT_THROW(load_encoder(dir / "head"), DataError);
  EncoderConfig config;
  config.arch = "resnet10";
  Encoder encoder(config);
  initialize(*encoder, 1);
  save_encoder(dir / "encoder", encoder, Json::object(), Overwrite::kRefuse);
  EXPECT_THROW(load_head(dir / "encoder"), DataError);
}

}  // namespace
}  // namespace cs::nn
