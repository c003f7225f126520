#include "nn/encoder_file.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "formats/safetensors.hpp"
#include "nn/state.hpp"
#include "support/encoders.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::nn {
namespace {

class EncoderFileTest : public testing::Test {
 protected:
  const test::TempDir folder_;
  const std::filesystem::path path_ = folder_ / "encoder.safetensors";
};

TEST_F(EncoderFileTest, RoundTripKeepsAnswersStatisticsAndConfiguration) {
  EncoderConfig config = test::small_config();
  config.stem = {7, 2, 3, true};
  config.width = 24;
  config.input = {16, {0.25, 0.5, 0.125}, {0.5, 0.25, 2}};
  const Encoder encoder = test::used_encoder(config);
  EncoderAbout about;
  about.method = {{"name", "simclr"}};
  about.history = Json::array({"one line"});
  about.other = {{"unknown", 7}};
  save_encoder(path_, encoder, about, Overwrite::kRefuse);
  const EncoderFile file = load_encoder(path_);
  EXPECT_TRUE(test::embeddings_of(file.encoder).equal(test::embeddings_of(encoder)));
  const State before = state_of(*encoder);
  const State after = state_of(*file.encoder);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_TRUE(before[i].second.equal(after[i].second)) << before[i].first;
  EXPECT_EQ(file.encoder->named_buffers()["bn1.num_batches_tracked"].item<std::int64_t>(), 1);
  EXPECT_EQ(file.encoder->config().stem.kernel, 7);
  EXPECT_TRUE(file.encoder->config().stem.pool);
  EXPECT_EQ(file.encoder->config().width, 24);
  EXPECT_EQ(file.encoder->config().input.size, 16);
  EXPECT_EQ(file.encoder->config().input.mean, config.input.mean);
  EXPECT_EQ(file.encoder->config().input.std, config.input.std);
  EXPECT_EQ(file.about.method, about.method);
  EXPECT_EQ(file.about.history, about.history);
  EXPECT_EQ(file.about.other, about.other);
  EXPECT_EQ(file.about.config.width, 24);
  EXPECT_EQ(file.digest, digest(read_file(path_)));
  EXPECT_FALSE(file.encoder->is_training());
}

TEST_F(EncoderFileTest, AWeightThatChangedIsNoticed) {
  save_encoder(path_, test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  std::string bytes = read_file(path_);
  bytes[bytes.size() - 3] ^= 1;  // the lowest bits of the last weight: still a number
  write_file(path_, bytes, Overwrite::kAllow);
  EXPECT_THROW(load_encoder(path_), DataError);
}

TEST_F(EncoderFileTest, SavingWhatWasLoadedGivesTheSameBytes) {
  EncoderAbout about;
  about.history = Json::array({"one line"});
  about.other = {{"unknown", 7}};
  save_encoder(path_, test::used_encoder(test::small_config()), about, Overwrite::kRefuse);
  const EncoderFile file = load_encoder(path_);
  const auto again = folder_ / "again.safetensors";
  save_encoder(again, file.encoder, file.about, Overwrite::kRefuse);
  EXPECT_EQ(read_file(again), read_file(path_));
}

TEST_F(EncoderFileTest, MetadataStateTheWholeConfiguration) {
  save_encoder(path_, test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  const std::string bytes = read_file(path_);
  const formats::Metadata metadata = formats::parse_safetensors("f", bytes).metadata;
  EXPECT_EQ(metadata.at("format"), "pt");
  EXPECT_EQ(metadata.at("cs"), R"({"format":1,"arch":"resnet10",)"
                               R"("stem":{"kernel":3,"stride":1,"padding":1,"pool":false},)"
                               R"("embedding":{"layer":"avgpool","width":256},)"
                               R"("input":{"size":32,"mean":[0.0,0.0,0.0],"std":[1.0,1.0,1.0]}})");
}

/// Rewrites the file with its metadata changed.
std::string with_metadata(const std::string& bytes, const std::function<void(Json&)>& change) {
  const formats::Safetensors file = formats::parse_safetensors("f", bytes);
  Json about = parse_json("f", file.metadata.at("cs"));
  change(about);
  return formats::to_safetensors(file.tensors, {{"cs", to_line(about)}});
}

TEST_F(EncoderFileTest, EveryMissingFieldIsRefusedByName) {
  save_encoder(path_, test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  const std::string bytes = read_file(path_);
  const std::vector<std::vector<std::string>> fields{{"format"},
                                                     {"arch"},
                                                     {"stem"},
                                                     {"stem", "kernel"},
                                                     {"stem", "stride"},
                                                     {"stem", "padding"},
                                                     {"stem", "pool"},
                                                     {"embedding"},
                                                     {"embedding", "layer"},
                                                     {"embedding", "width"},
                                                     {"input"},
                                                     {"input", "size"},
                                                     {"input", "mean"},
                                                     {"input", "std"}};
  for (const auto& field : fields) {
    const std::string changed = with_metadata(bytes, [&](Json& about) {
      (field.size() == 1 ? about : about[field[0]]).erase(field.back());
    });
    write_file(path_, changed, Overwrite::kAllow);
    const std::string message = test::thrown<DataError>([&] { load_encoder(path_); });
    const std::string name = "cs." + field[0] + (field.size() == 1 ? "" : "." + field[1]);
    EXPECT_EQ(message, path_.string() + ": its metadata lack '" + name + "'; nothing is guessed");
  }
}

TEST_F(EncoderFileTest, ImpossibleFieldsAreRefused) {
  save_encoder(path_, test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  const std::string bytes = read_file(path_);
  const std::vector<std::function<void(Json&)>> changes{
      [](Json& about) { about["format"] = 2; },
      [](Json& about) { about["arch"] = "vgg"; },
      [](Json& about) { about["arch"] = 18; },
      [](Json& about) { about["stem"] = 3; },
      [](Json& about) { about["stem"]["kernel"] = 3.0; },
      [](Json& about) { about["stem"]["stride"] = 0; },
      [](Json& about) { about["stem"]["pool"] = 1; },
      [](Json& about) { about["embedding"]["width"] = 1e12; },
      [](Json& about) { about["embedding"]["width"] = 255; },
      [](Json& about) { about["embedding"]["layer"] = "fc"; },
      [](Json& about) {
        about["input"]["mean"] = {0, 0};
      },
      [](Json& about) {
        about["input"]["std"] = {1, 0, 1};
      },
      [](Json& about) { about = Json::array(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    write_file(path_, with_metadata(bytes, changes[i]), Overwrite::kAllow);
    EXPECT_THROW(load_encoder(path_), DataError) << "change " << i;
  }
}

TEST_F(EncoderFileTest, WeightsWithoutMetadataAreRefused) {
  write_file(path_, to_safetensors(state_of(*test::used_encoder(test::small_config())), {}),
             Overwrite::kRefuse);
  EXPECT_NE(test::thrown<DataError>([&] { load_encoder(path_); }).find("without the metadata"),
            std::string::npos);
}

TEST_F(EncoderFileTest, TensorsThatDoNotFitAreRefusedByName) {
  save_encoder(path_, test::used_encoder(test::small_config()), {}, Overwrite::kRefuse);
  const std::string bytes = read_file(path_);
  const formats::Safetensors good = formats::parse_safetensors("f", bytes);
  const std::string nan("\0\0\xc0\x7f", 4);
  const std::string bad_bias = std::string(31 * 4, '\0') + nan;
  using Tensors = std::vector<formats::TensorBytes>;
  const std::vector<std::pair<std::function<void(Tensors&)>, std::string>> cases{
      {[](Tensors& t) { t.erase(t.begin()); }, "tensor 'conv1.weight' is missing"},
      {[](Tensors& t) {
         t.push_back({"fc.bias", "F32", {0}, ""});
       },
       "tensor 'fc.bias' is not expected"},
      {[](Tensors& t) {
         t[0].shape = {3, 32, 3, 3};
       },
       "tensor 'conv1.weight' has the shape 3x32x3x3 instead of 32x3x3x3"},
      {[](Tensors& t) { t[0].dtype = "I32"; },
       "tensor 'conv1.weight' has the type I32 instead of F32"},
      {[&](Tensors& t) { t[2].bytes = bad_bias; },
       "tensor 'bn1.bias' holds values that are not finite"},
  };
  for (const auto& [change, reason] : cases) {
    Tensors tensors = good.tensors;
    change(tensors);
    write_file(path_, formats::to_safetensors(tensors, good.metadata), Overwrite::kAllow);
    EXPECT_EQ(test::thrown<DataError>([&] { load_encoder(path_); }),
              path_.string() + ": " + reason);
  }
}

}  // namespace
}  // namespace cs::nn
