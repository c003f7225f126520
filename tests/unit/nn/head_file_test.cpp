#include "nn/head_file.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/json.hpp"
#include "nn/encoder_file.hpp"
#include "support/encoders.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::nn {
namespace {

Head make_head() {
  return {at::tensor({1.0F, 2.0F, -1.0F, 0.5F, 0.0F, 3.0F}).view({2, 3}),
          at::tensor({0.25F, -1.0F}),
          {"cat", "two\nlines"}};
}

TEST(HeadFile, IsReadAsItWasWritten) {
  const test::TempDir dir;
  save_head(dir / "h", make_head(), {{}, "abc", Json::array({"one line"})}, Overwrite::kRefuse);
  const HeadFile file = load_head(dir / "h");
  EXPECT_TRUE(file.head.weight.equal(make_head().weight));
  EXPECT_TRUE(file.head.bias.equal(make_head().bias));
  EXPECT_EQ(file.head.classes, make_head().classes);
  EXPECT_EQ(file.about.classes, make_head().classes);
  EXPECT_EQ(file.about.encoder, "abc");
  EXPECT_EQ(file.about.history, Json::array({"one line"}));
  EXPECT_EQ(file.digest, digest(read_file(dir / "h")));
}

TEST(HeadFile, ThatIsDamagedAnywhereIsRefused) {
  const test::TempDir dir;
  save_head(dir / "h", make_head(), {}, Overwrite::kRefuse);
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

TEST(HeadFile, WhosePartsDisagreeIsRefused) {
  const test::TempDir dir;
  const auto refuses = [&](const Head& head) {
    save_head(dir / "h", head, {}, Overwrite::kAllow);
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

TEST(HeadFile, AndEncoderAreNotTakenForEachOther) {
  const test::TempDir dir;
  save_head(dir / "head", make_head(), {}, Overwrite::kRefuse);
  EXPECT_EQ(test::thrown<DataError>([&] { load_encoder(dir / "head"); }),
            (dir / "head").string() + ": is a head; this takes an encoder");
  save_encoder(dir / "encoder", test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  EXPECT_EQ(test::thrown<DataError>([&] { load_head(dir / "encoder"); }),
            (dir / "encoder").string() + ": is an encoder; this takes a head");
}

}  // namespace
}  // namespace cs::nn
