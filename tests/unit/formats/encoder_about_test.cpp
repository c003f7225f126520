#include "formats/encoder_about.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

EncoderAbout example() {
  EncoderAbout about;
  about.config.arch = "resnet10";
  about.config.stem = {7, 2, 3, true};
  about.config.width = 24;
  about.config.linear = true;
  about.config.input = {16, {0.25, 0.5, 0.125}, {0.5, 0.25, 2}};
  about.method = {{"name", "simclr"}};
  about.history = Json::array({{{"tool", "cs-train"}}});
  about.other = {{"unknown", {1, 2}}};
  return about;
}

constexpr const char* kExample =
    R"({"format":1,"arch":"resnet10","stem":{"kernel":7,"stride":2,"padding":3,"pool":true},)"
    R"("embedding":{"layer":"fc","width":24},)"
    R"("input":{"size":16,"mean":[0.25,0.5,0.125],"std":[0.5,0.25,2.0]},)"
    R"("method":{"name":"simclr"},"history":[{"tool":"cs-train"}],"unknown":[1,2]})";

TEST(EncoderAbout, IsOneJsonObjectInAFixedOrder) {
  EXPECT_EQ(to_line(to_json(example())), kExample);
  EncoderAbout bare = example();
  bare.method = bare.history = bare.other = Json();
  EXPECT_EQ(to_json(bare).size(), 5U);
}

TEST(EncoderAbout, IsReadAsItWasWritten) {
  const EncoderAbout about = parse_encoder_about("f", parse_json("f", kExample));
  EXPECT_EQ(about.config.stem.padding, 3);
  EXPECT_TRUE(about.config.stem.pool);
  EXPECT_EQ(about.config.input.size, 16);
  EXPECT_EQ(about.config.input.mean, example().config.input.mean);
  EXPECT_EQ(about.config.input.std, example().config.input.std);
  EXPECT_EQ(about.method, example().method);
  EXPECT_EQ(to_line(to_json(about)), kExample);
}

TEST(EncoderAbout, OfAnUnknownLayerIsRefused) {
  Json json = parse_json("f", kExample);
  json["embedding"]["layer"] = "conv1";
  EXPECT_EQ(test::thrown<DataError>([&] { parse_encoder_about("f", json); }),
            "f: its metadata's 'cs.embedding.layer' is not avgpool|fc");
}

TEST(Stem, IsNamedOrGivenByItsNumbers) {
  const auto numbers = [](std::string_view text) {
    const Stem stem = parse_stem(text);
    return std::array<int, 4>{stem.kernel, stem.stride, stem.padding, stem.pool ? 1 : 0};
  };
  EXPECT_EQ(numbers("cifar"), (std::array<int, 4>{3, 1, 1, 0}));
  EXPECT_EQ(numbers("imagenet"), (std::array<int, 4>{7, 2, 3, 1}));
  EXPECT_EQ(numbers("3,1,2"), (std::array<int, 4>{3, 1, 2, 0}));
  EXPECT_EQ(numbers("15,4,0,pool"), (std::array<int, 4>{15, 4, 0, 1}));
  for (const char* wrong : {"tiny", "", "3", "3,1", "3,1,2,", "3,1,2,max", "3,1,2,pool,pool",
                            "0,1,1", "3,0,1", "3,1,16", "3,1,-1", "3, 1,1", "pool,3,1,1"})
    EXPECT_THROW(parse_stem(wrong), UsageError) << wrong;
}

}  // namespace
}  // namespace cs::formats
