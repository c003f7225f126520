#include "victim/input.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "nn/pixels.hpp"
#include "support/thrown.hpp"
#include "support/victims.hpp"

namespace cs::victim {
namespace {

using test::answers_to;
using test::encoder;
using test::options_for;
using test::script;
using test::thrown;
using test::trusting;

/// u8 [1, height, width, 3]: pixel (y, x) of channel c is 37 y + 91 x + 53 c^2 + 11 x y modulo 256.
at::Tensor pattern(std::int64_t height, std::int64_t width) {
  at::Tensor image = at::empty({1, height, width, 3}, at::kByte);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        image[0][y][x][c] = (37 * y + 91 * x + 53 * c * c + 11 * x * y) % 256;
  return image;
}

VictimOptions options_of(const at::Tensor& images, std::int64_t side) {
  VictimOptions options = options_for(images.size(1));
  options.image_width = images.size(2);
  options.input_size = side;
  return options;
}

/// The image as a victim with an input of this side reads it: height x width x 3, from 0 to 255.
at::Tensor resized(const at::Tensor& image, std::int64_t side, Resize resize, Fit fit) {
  VictimOptions options = options_of(image, side);
  options.resize = resize;
  options.fit = fit;
  options.scale = Scale::kByte;
  return answers_to(*open_victim("pixels", options), image)[0];
}

void expect_near(const at::Tensor& seen, const std::vector<float>& expected) {
  ASSERT_EQ(seen.size(0), static_cast<std::int64_t>(expected.size()));
  const float worst = (seen - at::tensor(expected)).abs().max().item<float>();
  EXPECT_LT(worst, 0.001F);
}

// What PIL gives of images of mode F, which it neither rounds nor clips.

TEST(Input, ShrinksByPilsFiltersInFloatingPoint) {
  expect_near(resized(pattern(4, 4), 2, Resize::kBilinear, Fit::kSquash),
              {91.816F, 129.143F, 141.857F, 127.000F, 132.980F, 130.020F, 136.184F, 136.939F,
               107.857F, 146.286F, 120.918F, 102.286F});
  expect_near(resized(pattern(4, 4), 2, Resize::kBicubic, Fit::kSquash),
              {85.880F, 128.822F, 145.230F, 129.765F, 134.414F, 130.889F, 139.641F, 139.473F,
               105.699F, 147.814F, 118.813F, 98.660F});
}

TEST(Input, EnlargesByPilsFiltersPast0And255) {
  expect_near(
      resized(pattern(2, 2), 3, Resize::kBicubic, Fit::kSquash),
      {-8.373F, 44.627F, 220.469F, 42.704F, 95.704F,  126.704F, 93.781F,  146.781F, 32.939F,
       12.151F, 65.151F, 240.993F, 66.750F, 119.750F, 150.750F, 121.349F, 174.349F, 60.507F,
       32.676F, 85.676F, 261.518F, 90.796F, 143.796F, 174.796F, 148.916F, 201.916F, 88.074F});
}

TEST(Input, SquashesWhatIsNoSquareIntoOne) {
  // Of the right height already: the mean of two neighbors.
  const at::Tensor wide = pattern(2, 4);
  EXPECT_EQ(resized(wide, 2, Resize::kArea, Fit::kSquash)[0].item<float>(), (0 + 91) / 2.0F);
  expect_near(
      resized(pattern(2, 4), 3, Resize::kBilinear, Fit::kSquash),
      {27.300F, 80.300F,  162.500F, 136.500F, 189.500F, 92.500F,  66.500F,  119.500F, 201.700F,
       47.450F, 100.450F, 182.650F, 163.250F, 152.250F, 119.250F, 99.850F,  114.450F, 145.450F,
       67.600F, 120.600F, 202.800F, 190.000F, 115.000F, 146.000F, 133.200F, 109.400F, 89.200F});
}

// torchvision scales 9 x 4 pixels to 6 x 3, and begins its central square at round(1.5) = 2.
TEST(Input, CropsTheCentralSquareOfTheScaledImage) {
  expect_near(
      resized(pattern(9, 4), 3, Resize::kBilinear, Fit::kCrop),
      {131.556F, 141.889F, 113.156F, 138.222F, 120.111F, 136.889F, 144.889F, 98.333F,  160.622F,
       143.044F, 176.133F, 124.644F, 121.889F, 103.778F, 134.778F, 120.644F, 130.978F, 144.911F,
       141.522F, 94.967F,  157.256F, 99.611F,  138.389F, 126.722F, 157.256F, 141.989F, 155.922F});
  expect_near(
      resized(pattern(4, 9), 3, Resize::kBicubic, Fit::kCrop),
      {78.483F,  124.517F, 144.956F, 142.733F, 200.869F, 151.454F, 94.154F,  134.061F, 177.096F,
       115.754F, 162.669F, 112.285F, 87.623F,  140.246F, 180.189F, 181.457F, 107.535F, 138.163F,
       146.520F, 96.418F,  132.303F, 145.696F, 86.127F,  121.760F, 156.444F, 81.009F,  107.944F});
}

TEST(Input, AveragesByArea) {
  // By hand: (0 + 91 + 37 + 139) / 4 and its neighbors; then what OpenCV gives for a third each.
  expect_near(resized(pattern(4, 4), 2, Resize::kArea, Fit::kSquash).narrow(0, 0, 3),
              {66.75F, 119.75F, 150.75F});
  expect_near(
      resized(pattern(4, 4), 3, Resize::kArea, Fit::kSquash).narrow(0, 0, 9),
      {32.688F, 85.688F, 180.688F, 149.875F, 170.875F, 105.875F, 75.062F, 112.062F, 175.062F});
}

TEST(Input, OfItsOwnSizeIsReadAsItIs) {
  const at::Tensor image = pattern(5, 5);
  for (const auto& row : kResizes.rows())
    EXPECT_TRUE(at::equal(resized(image, 5, row.value, Fit::kCrop), image.flatten().to(at::kFloat)))
        << row.word;
}

TEST(Input, IsNormalizedInUnitsOfTheScaleAndInTheOrderOfTheChannels) {
  const at::Tensor image = at::tensor({0, 51, 255}, at::kByte).view({1, 1, 1, 3});
  VictimOptions options = options_for(1);
  const auto seen = [&] { return answers_to(*open_victim("pixels", options), image)[0]; };
  options.mean = {0.5, 0.2, 0.4};
  options.std = {0.5, 0.25, 0.1};
  expect_near(seen(), {-1.0F, 0.0F, 6.0F});
  options.channels = Channels::kBgr;  // 255, 51, 0
  expect_near(seen(), {1.0F, 0.0F, -4.0F});
  options.scale = Scale::kByte;
  options.mean = {104, 117, 123};
  options.std = {1, 2, 10};
  expect_near(seen(), {151.0F, -33.0F, -12.3F});
  options.channels = Channels::kRgb;
  expect_near(seen(), {-104.0F, -33.0F, 13.2F});
}

TEST(Input, ReachesTorchScriptInItsLayout) {
  const test::TempDir dir;
  const at::Tensor images = at::randint(0, 256, {2, 4, 4, 3}, at::kByte);
  VictimOptions options = trusting(4);
  const std::string same = script(dir, "same.pt", "x.flatten(1)");
  const at::Tensor floats = images.to(at::kFloat) / 255;
  EXPECT_TRUE(at::allclose(answers_to(*open_victim(same, options), images),
                           floats.permute({0, 3, 1, 2}).flatten(1)));
  options.layout = Layout::kNhwc;
  EXPECT_TRUE(at::allclose(answers_to(*open_victim(same, options), images), floats.flatten(1)));
  EXPECT_NE(thrown<UsageError>([&] { open_victim("pixels", options); }).find("TorchScript"),
            std::string::npos);
  EXPECT_NE(thrown<UsageError>([&] { open_victim(encoder(dir, "e", 1), options); }).find("layout"),
            std::string::npos);
}

std::string id_of(const std::string& name, const VictimOptions& options) {
  return open_victim(name, options)->info().victim.id;
}

TEST(Input, AsByEveryVersionGivesTheSameId) {
  const test::TempDir dir;
  EXPECT_EQ(id_of("pixels", options_for(4)), digest("pixels 4 0 0 0 1 1 1 f32").hex());
  const std::string path = encoder(dir, "e.safetensors", 1);
  EXPECT_EQ(id_of(path, options_for(16)),
            digest(nn::load_encoder(path).digest.hex() + " 16 0 0 0 1 1 1 f32").hex());
  EXPECT_EQ(id_of(path, options_for(0)), id_of(path, options_for(16))) << "encoded images";
  VictimOptions same = options_for(4);
  same.image_width = same.input_size = 4;
  same.scale = Scale::kUnit;
  same.channels = Channels::kRgb;
  same.resize = Resize::kArea;  // nothing is resized
  EXPECT_EQ(id_of("pixels", same), id_of("pixels", options_for(4)));
}

TEST(Input, OfAnotherKindGivesAnotherId) {
  std::set<std::string> ids = {id_of("pixels", options_for(4))};
  const auto add = [&](const VictimOptions& options) {
    EXPECT_TRUE(ids.insert(id_of("pixels", options)).second);
  };
  VictimOptions options = options_for(4);
  options.scale = Scale::kByte;
  add(options);
  options.channels = Channels::kBgr;
  add(options);
  options = options_for(5);
  options.input_size = 4;
  EXPECT_NE(id_of("pixels", options), digest("pixels 4 0 0 0 1 1 1 f32").hex());
  EXPECT_EQ(id_of("pixels", options),
            digest("pixels 4 0 0 0 1 1 1 bilinear in f32 squash f32").hex());
  add(options);
  options.fit = Fit::kCrop;
  add(options);
  options.resize = Resize::kBicubic;
  add(options);
  options.resize = Resize::kArea;
  add(options);
  options = options_for(4);
  options.image_width = 5;
  EXPECT_FALSE(ids.insert(id_of("pixels", options)).second) << "as another image that is squashed";
}

TEST(Input, QuestionsNumbersOfTheOtherScale) {
  const auto message = [](std::optional<Scale> scale, double mean, double std) {
    VictimOptions options = options_for(4);
    options.scale = scale;
    options.mean = {0.1, mean, 0.1};
    options.std = {std, std, std};
    return thrown<UsageError>([&] { open_victim("pixels", options); });
  };
  const std::string nothing = "nothing was thrown";
  EXPECT_EQ(message({}, 123.675, 0.2),
            "`mean`: 123.675 does not fit pixels from 0 to 1; pass `scale` 255 if it is in units "
            "of 0 to 255");
  EXPECT_EQ(message(Scale::kUnit, -1.5, 1).substr(0, 12), "`mean`: -1.5");
  EXPECT_EQ(message({}, 0.5, 58.4).substr(0, 11), "`std`: 58.4");
  EXPECT_EQ(message(Scale::kByte, 0.456, 0.225),
            "`std`: 0.225 does not fit pixels from 0 to 255; leave out `scale` 255 if it is in "
            "units of 0 to 1");
  EXPECT_EQ(message({}, 0.5, 0).substr(0, 22), "`std`: 0 is not over 0");
  EXPECT_EQ(message({}, 1, 1), nothing);
  EXPECT_EQ(message({}, -1, 1e-3), nothing);
  EXPECT_EQ(message(Scale::kByte, 0.5, 1), nothing);
  EXPECT_EQ(message(Scale::kByte, 123.675, 58.4), nothing);
}

TEST(Input, OfEncodedImagesIsTheirCentralSquareAlready) {
  VictimOptions options = options_for(0);
  options.input_size = 8;
  options.resize = Resize::kBicubic;
  EXPECT_THROW(open_victim("pixels", options), UsageError);
  options.resize = {};
  options.fit = Fit::kCrop;
  EXPECT_THROW(open_victim("pixels", options), UsageError);
}

TEST(Input, OfAnotherSizeThanWasSaidIsRefused) {
  EXPECT_THROW(answers_to(*open_victim("pixels", options_for(4)), pattern(4, 5)), Error);
  EXPECT_THROW(answers_to(*open_victim("pixels", options_for(4)), pattern(5, 4)), Error);
}

TEST(DefaultBatch, HasSoManyPixelsAtMost) {
  const auto on_cpu = [](std::int64_t side) { return default_batch(side, at::kCPU); };
  EXPECT_EQ(on_cpu(1), 128);
  EXPECT_EQ(on_cpu(56), 128);
  EXPECT_EQ(on_cpu(57), 123);
  EXPECT_EQ(on_cpu(96), 43);
  EXPECT_EQ(on_cpu(224), 8);
  EXPECT_EQ(on_cpu(4096), 1);
  EXPECT_EQ(default_batch(224, at::kCUDA), 128);
}

TEST(DefaultBatch, IsThatOfAVictimThatIsNotToldOne) {
  VictimOptions options = options_for(96);
  options.batch = {};
  EXPECT_EQ(open_victim("pixels", options)->most(), 43U);
  options.batch = 5;
  EXPECT_EQ(open_victim("pixels", options)->most(), 5U);
}

}  // namespace
}  // namespace cs::victim
