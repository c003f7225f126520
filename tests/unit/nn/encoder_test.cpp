#include "nn/encoder.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/embedding.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.hpp"
#include "core/random.hpp"
#include "formats/safetensors.hpp"
#include "nn/device.hpp"
#include "nn/state.hpp"

namespace cs::nn {
namespace {

class EncoderFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("encoder_test." + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    path_ = folder_ / "encoder.safetensors";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

/// A small encoder whose batch norm statistics are not those of a fresh one.
Encoder trained(EncoderConfig config, std::uint64_t seed = 1) {
  Encoder encoder(std::move(config));
  initialize(*encoder, seed);
  encoder->train();
  const at::NoGradGuard no_grad;
  encoder->forward(at::linspace(-1, 1, 4 * 3 * 16 * 16).view({4, 3, 16, 16}).sin());
  encoder->eval();
  return encoder;
}

EncoderConfig small() {
  EncoderConfig config;
  config.arch = "resnet10";
  return config;
}

at::Tensor answers(Encoder& encoder) {
  const at::NoGradGuard no_grad;
  return encoder->forward(at::linspace(0, 1, 2 * 3 * 16 * 16).view({2, 3, 16, 16}).cos());
}

template <typename E>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const E& e) {
    return e.what();
  }
  return "";
}

TEST(Encoder, EmbeddingsHaveTheArchitecturesWidth) {
  const at::NoGradGuard no_grad;
  const std::vector<std::pair<std::string, std::int64_t>> widths{
      {"resnet10", 256}, {"resnet18", 512}, {"resnet34", 512}, {"resnet50", 2048}};
  std::vector<std::string> names;
  for (const auto& [arch, width] : widths) {
    EncoderConfig config;
    config.arch = arch;
    Encoder encoder(config);
    encoder->eval();
    EXPECT_EQ(feature_width(arch), width);
    EXPECT_EQ(encoder->config().width, width);
    EXPECT_EQ(encoder->forward(at::zeros({2, 3, 32, 32})).sizes(), (at::IntArrayRef{2, width}));
    names.push_back(arch);
  }
  EXPECT_EQ(arch_names(), names);
}

TEST(Encoder, AnotherWidthAddsALinearLayer) {
  EncoderConfig config = small();
  config.width = 40;
  Encoder encoder(config);
  EXPECT_EQ(encoder->forward(at::zeros({2, 3, 16, 16})).sizes(), (at::IntArrayRef{2, 40}));
  EXPECT_TRUE(encoder->named_parameters().contains("fc.weight"));
}

TEST(Encoder, AnUnknownArchitectureOrStemIsAUsageErrorThatNamesTheKnown) {
  EXPECT_EQ(message_of<UsageError>([] { feature_width("vgg"); }),
            "vgg: no such architecture; there are resnet10, resnet18, resnet34, resnet50");
  EXPECT_EQ(message_of<UsageError>([] { parse_stem("tiny"); }),
            "tiny: no such stem; there are cifar, imagenet");
}

TEST(Encoder, FrozenLayersKeepWeightsAndStatistics) {
  Encoder encoder(EncoderConfig{"resnet10", {}, 0, false, {}});
  initialize(*encoder, 1);
  encoder->freeze("layer1");
  encoder->train();
  const auto frozen = [](const std::string& name) {
    return name.rfind("conv1", 0) == 0 || name.rfind("bn1", 0) == 0 || name.rfind("layer1", 0) == 0;
  };
  const State before = state_of(*encoder);
  std::vector<at::Tensor> copies;
  for (const auto& [name, tensor] : before) copies.push_back(tensor.detach().clone());
  encoder->forward(at::randn({4, 3, 16, 16}));
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i].first.find("running_mean") != std::string::npos) {
      EXPECT_EQ(before[i].second.equal(copies[i]), frozen(before[i].first)) << before[i].first;
    }
  for (const auto& item : encoder->named_parameters())
    EXPECT_EQ(item.value().requires_grad(), !frozen(item.key())) << item.key();
  EXPECT_THROW(encoder->freeze("layer4"), UsageError);
}

TEST(Encoder, FoldsALinearLayerIntoItsOwn) {
  at::manual_seed(4);
  const at::Tensor weight_of_256 = at::randn({256, 256}) / 16;
  const at::Tensor images = at::randn({3, 3, 16, 16});
  for (const std::int64_t width : {0, 20}) {
    Encoder encoder(EncoderConfig{"resnet10", {}, width, false, {}});
    initialize(*encoder, 1);
    encoder->eval();
    const at::Tensor weight = width == 0 ? weight_of_256 : at::randn({30, 20});
    const at::Tensor bias = at::randn({weight.size(0)});
    Encoder folded = with_linear(encoder, weight, bias);
    folded->eval();
    EXPECT_EQ(folded->config().width, weight.size(0));
    EXPECT_TRUE(folded->config().linear);  // although 256 is the architecture's own width
    const at::Tensor expected = at::linear(encoder->forward(images), weight, bias);
    EXPECT_TRUE(folded->forward(images).allclose(expected, 1e-4, 1e-4));
  }
}

TEST(Encoder, StemsSetTheResolution) {
  const Stem cifar = parse_stem("cifar");
  EXPECT_EQ((std::array<int, 4>{cifar.kernel, cifar.stride, cifar.padding, cifar.pool}),
            (std::array<int, 4>{3, 1, 1, 0}));
  const Stem imagenet = parse_stem("imagenet");
  EXPECT_EQ((std::array<int, 4>{imagenet.kernel, imagenet.stride, imagenet.padding, imagenet.pool}),
            (std::array<int, 4>{7, 2, 3, 1}));
}

TEST(Encoder, StemsThatDifferOnlyInPaddingAnswerDifferently) {
  EncoderConfig config = small();
  Encoder one = trained(config);
  config.stem.padding = 2;
  Encoder two(config);
  const std::string bytes = to_safetensors(state_of(*one), {});
  copy_into(state_of(*two), formats::parse_safetensors("one", bytes), "one");
  two->eval();
  EXPECT_FALSE(answers(two).allclose(answers(one)));
}

/// Leaves memory for later allocations that is full of NaN. (The first round teaches malloc to keep
/// blocks of these sizes.)
void poison_memory() {
  for (int round = 0; round < 2; ++round) {
    std::vector<at::Tensor> poison;
    for (std::int64_t size = 1 << 10; size <= 1 << 21; size *= 2)
      for (int i = 0; i < 4; ++i) poison.push_back(at::full({size}, NAN));
  }
}

/// Gradients of the convolutions of a network whose last stage works on 1 x 1 pixels.
std::vector<at::Tensor> gradients_at_16_pixels(Precision precision) {
  EncoderConfig config;
  config.arch = "resnet10";
  config.stem = parse_stem("imagenet");
  Encoder encoder(config);
  initialize(*encoder, 3);
  encoder->train();
  at::manual_seed(1);
  const Autocast autocast(at::kCPU, precision);
  const at::Tensor input = at::randn({64, 3, 16, 16}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor loss = encoder->forward(input).to(at::kFloat).sin().mean();
  poison_memory();
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& weight : encoder->parameters())
    if (weight.dim() == 4) gradients.push_back(weight.grad());
  return gradients;
}

// oneDNN's bf16 gradients of strided convolutions on 1 x 1 inputs held whatever was in memory.
TEST(Encoder, GradientsOnTinyImagesAreThoseOfF32) {
  const auto exact = gradients_at_16_pixels(Precision::kF32);
  const auto half = gradients_at_16_pixels(Precision::kBf16);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double error = (half[i] - exact[i]).norm().item<double>();
    EXPECT_LT(error, 0.3 * exact[i].norm().item<double>() + 1e-6) << "convolution " << i;
  }
}

TEST(Encoder, ConvolutionWeightsAreChannelsLast) {
  Encoder encoder(small());
  for (const at::Tensor& weight : encoder->parameters())
    EXPECT_TRUE(weight.dim() != 4 || weight.is_contiguous(at::MemoryFormat::ChannelsLast));
}

/// Name and shape of all 122 entries of torchvision's resnet18, in order.
State expected_resnet18() {
  State state;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    state.emplace_back(name, at::empty(shape));
  };
  const auto add_norm = [&](const std::string& name, std::int64_t width) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      add(name + part, {width});
    add(name + ".num_batches_tracked", {});
  };
  add("conv1.weight", {64, 3, 7, 7});
  add_norm("bn1", 64);
  std::int64_t in = 64;
  for (int layer = 1; layer <= 4; ++layer)
    for (int block = 0; block < 2; ++block) {
      const std::int64_t width = 32LL << layer;
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(block);
      add(name + ".conv1.weight", {width, in, 3, 3});
      add_norm(name + ".bn1", width);
      add(name + ".conv2.weight", {width, width, 3, 3});
      add_norm(name + ".bn2", width);
      if (in != width) {
        add(name + ".downsample.0.weight", {width, in, 1, 1});
        add_norm(name + ".downsample.1", width);
      }
      in = width;
    }
  add("fc.weight", {1000, 512});
  add("fc.bias", {1000});
  return state;
}

TEST(Encoder, Resnet18HasTorchvisionsNamesAndShapesInOrder) {
  EncoderConfig config;
  config.stem = parse_stem("imagenet");
  config.width = 1000;
  const State expected = expected_resnet18();
  ASSERT_EQ(expected.size(), 122U);
  const State state = state_of(*Encoder(config));
  ASSERT_EQ(state.size(), expected.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    EXPECT_EQ(state[i].first, expected[i].first);
    EXPECT_EQ(state[i].second.sizes(), expected[i].second.sizes()) << state[i].first;
  }
}

TEST(Encoder, NumbersOfParametersAreTorchvisions) {
  const auto count = [](const std::string& arch) {
    EncoderConfig config;
    config.arch = arch;
    config.stem = parse_stem("imagenet");
    config.width = 1000;
    std::int64_t total = 0;
    for (const at::Tensor& parameter : Encoder(config)->parameters()) total += parameter.numel();
    return total;
  };
  EXPECT_EQ(count("resnet18"), 11'689'512);  // as torchvision's documentation states
  EXPECT_EQ(count("resnet34"), 21'797'672);
  EXPECT_EQ(count("resnet50"), 25'557'032);
}

TEST(Normalize, GivesTheHandComputedNumbersInChannelsLast) {
  at::Tensor pixels = at::zeros({1, 1, 2, 3}, at::kByte);
  const std::array<std::uint8_t, 6> values{0, 51, 102, 255, 153, 204};
  std::copy(values.begin(), values.end(), pixels.data_ptr<std::uint8_t>());
  InputConfig input;
  input.mean = {0.5, 0.2, 0.4};
  input.std = {0.5, 0.25, 0.1};
  const at::Tensor result = normalize(pixels, input, at::kCPU);
  EXPECT_EQ(result.sizes(), (at::IntArrayRef{1, 3, 1, 2}));
  EXPECT_EQ(result.scalar_type(), at::kFloat);
  EXPECT_TRUE(result.is_contiguous(at::MemoryFormat::ChannelsLast));
  const std::array<float, 6> expected{-1, 1, 0, 1.6F, 0, 4};  // red, green, blue of both pixels
  for (std::int64_t i = 0; i < 6; ++i)
    EXPECT_NEAR(result.flatten()[i].item<float>(), expected.at(static_cast<std::size_t>(i)), 1e-5);
  EXPECT_EQ(pixels.flatten()[3].item<int>(), 255) << "the pixels themselves must not change";
}

TEST(Normalize, RefusesWhatIsNotRgbBytes) {
  EXPECT_THROW(normalize(at::zeros({1, 3, 2, 2}, at::kByte), {}, at::kCPU), Error);
  EXPECT_THROW(normalize(at::zeros({1, 2, 2, 3}), {}, at::kCPU), Error);
  EXPECT_THROW(normalize(at::zeros({2, 2, 3}, at::kByte), {}, at::kCPU), Error);
}

TEST(Initialize, DependsOnTheSeedAlone) {
  Encoder one(small());
  Encoder two(small());
  initialize(*one, 7);
  initialize(*two, 7);
  for (const auto& item : one->named_parameters())
    EXPECT_TRUE(item.value().equal(two->named_parameters()[item.key()])) << item.key();
  initialize(*two, 8);
  EXPECT_FALSE(
      one->named_parameters()["conv1.weight"].equal(two->named_parameters()["conv1.weight"]));
}

TEST(Initialize, DrawsFromTorchvisionsDistributions) {
  EncoderConfig config;
  config.width = 100;
  Encoder encoder(config);
  initialize(*encoder, 3);
  const auto parameters = encoder->named_parameters();
  const at::Tensor conv = parameters["layer3.0.conv1.weight"];
  EXPECT_NEAR(conv.mean().item<double>(), 0, 1e-3);
  EXPECT_NEAR(conv.std().item<double>(), std::sqrt(2.0 / (256 * 9)), 1e-4);
  const at::Tensor fc = parameters["fc.weight"];
  const double bound = 1 / std::sqrt(512.0);
  EXPECT_LE(fc.abs().max().item<double>(), bound);
  EXPECT_NEAR(fc.std().item<double>(), bound / std::sqrt(3.0), 1e-3);
  EXPECT_LE(parameters["fc.bias"].abs().max().item<double>(), bound);
  EXPECT_TRUE(parameters["bn1.weight"].equal(at::ones({64})));
  EXPECT_TRUE(parameters["bn1.bias"].equal(at::zeros({64})));
}

TEST(Initialize, StreamsAreNumberedInTheOrderOfNamedParameters) {
  Encoder encoder(small());
  initialize(*encoder, 5);
  const auto parameters = encoder->named_parameters();
  std::uint64_t index = 0;
  while (parameters[index].key() != "layer1.0.conv1.weight") ++index;
  Random random(5, Purpose::kInit, index);
  const auto expected = static_cast<float>(std::sqrt(2.0 / (32 * 9)) * random.normal());
  EXPECT_EQ(parameters[index].value().flatten()[0].item<float>(), expected);
}

TEST(Initialize, WorksForProjectorsAndResetsTheirStatistics) {
  torch::nn::Sequential projector(torch::nn::Linear(8, 4), torch::nn::BatchNorm1d(4),
                                  torch::nn::ReLU(), torch::nn::Linear(4, 2));
  projector->forward(at::ones({3, 8}));
  initialize(*projector, 1);
  EXPECT_TRUE(projector->named_buffers()["1.running_mean"].equal(at::zeros({4})));
  EXPECT_TRUE(projector->named_parameters()["1.weight"].equal(at::ones({4})));
  EXPECT_LE(projector->named_parameters()["3.bias"].abs().max().item<double>(), 0.5);
}

TEST(Initialize, RefusesLayersItHasNoRuleFor) {
  torch::nn::Sequential module(torch::nn::Embedding(3, 2));
  EXPECT_THROW(initialize(*module, 1), Error);
}

TEST_F(EncoderFileTest, RoundTripKeepsAnswersStatisticsAndConfiguration) {
  EncoderConfig config = small();
  config.stem = {7, 2, 3, true};
  config.width = 24;
  config.input = {16, {0.25, 0.5, 0.125}, {0.5, 0.25, 2}};
  Encoder encoder = trained(config);
  save_encoder(path_, encoder, {{"method", {{"name", "simclr"}}}, {"history", {"one line"}}},
               Overwrite::kRefuse);
  EncoderFile file = load_encoder(path_);
  EXPECT_TRUE(answers(file.encoder).equal(answers(encoder)));
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
  EXPECT_EQ(file.about["method"]["name"], "simclr");
  EXPECT_EQ(file.digest, digest(read_file(path_)));
  EXPECT_FALSE(file.encoder->is_training());
}

TEST_F(EncoderFileTest, SavingWhatWasLoadedGivesTheSameBytes) {
  save_encoder(path_, trained(small()), {{"history", {"one line"}}}, Overwrite::kRefuse);
  const EncoderFile file = load_encoder(path_);
  const auto again = folder_ / "again.safetensors";
  save_encoder(again, file.encoder, file.about, Overwrite::kRefuse);
  EXPECT_EQ(read_file(again), read_file(path_));
}

TEST_F(EncoderFileTest, MetadataStateTheWholeConfiguration) {
  save_encoder(path_, trained(small()), Json::object(), Overwrite::kRefuse);
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
  save_encoder(path_, trained(small()), Json::object(), Overwrite::kRefuse);
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
    const std::string message = message_of<DataError>([&] { load_encoder(path_); });
    const std::string name = "cs." + field[0] + (field.size() == 1 ? "" : "." + field[1]);
    EXPECT_EQ(message, path_.string() + ": its metadata lack '" + name + "'; nothing is guessed");
  }
}

TEST_F(EncoderFileTest, ImpossibleFieldsAreRefused) {
  save_encoder(path_, trained(small()), Json::object(), Overwrite::kRefuse);
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
  write_file(path_, to_safetensors(state_of(*trained(small())), {}), Overwrite::kRefuse);
  EXPECT_NE(message_of<DataError>([&] { load_encoder(path_); }).find("without the metadata"),
            std::string::npos);
}

TEST_F(EncoderFileTest, TensorsThatDoNotFitAreRefusedByName) {
  save_encoder(path_, trained(small()), Json::object(), Overwrite::kRefuse);
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
    EXPECT_EQ(message_of<DataError>([&] { load_encoder(path_); }), path_.string() + ": " + reason);
  }
}

}  // namespace
}  // namespace cs::nn
