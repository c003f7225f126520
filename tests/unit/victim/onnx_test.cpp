#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include <opencv2/core/version.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/onnx_models.hpp"
#include "support/thrown.hpp"
#include "support/victims.hpp"
#include "victim/open.hpp"

namespace cs::victim {
namespace {

using test::answers_to;
using test::onnx_model;
using test::OnnxSettings;
using test::options_for;
using test::thrown;

at::Tensor weights(at::IntArrayRef shape) {
  return at::tensor(test::onnx_weights(static_cast<std::size_t>(c10::multiply_integers(shape))))
      .view(shape);
}

/// What the model answers about pixels, computed by LibTorch.
at::Tensor features_of(const at::Tensor& pixels) {
  const at::Tensor images = pixels.permute({0, 3, 1, 2}).to(at::kFloat) / 255;
  return at::conv2d(images, weights({4, 3, 3, 3}), {}, 1, 1).relu().mean({2, 3});
}

at::Tensor logits_of(const at::Tensor& pixels) {
  return at::addmm(weights({2}), features_of(pixels), weights({2, 4}).t());
}

at::Tensor pixels(std::int64_t count, std::int64_t side) {
  return at::arange(count * side * side * 3)
      .mul(37)
      .remainder(256)
      .to(at::kByte)
      .view({count, side, side, 3});
}

class OnnxVictims : public testing::Test {
 protected:
  std::string save(const OnnxSettings& settings) {
    write_file(dir_ / "v.onnx", onnx_model(settings), Overwrite::kAllow);
    return (dir_ / "v.onnx").string();
  }
  std::unique_ptr<answers::Victim> open(const OnnxSettings& settings,
                                        const VictimOptions& options = options_for(8)) {
    return open_victim(save(settings), options);
  }
  template <typename E>
  std::string fault(const OnnxSettings& settings, const VictimOptions& options = options_for(8)) {
    return thrown<E>([&] { open(settings, options); });
  }
  static void says(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  static OnnxSettings of_shape(std::vector<std::int64_t> shape) {
    OnnxSettings settings;
    settings.shape = std::move(shape);
    return settings;
  }
  test::TempDir dir_;
};

TEST_F(OnnxVictims, AnswerAsTheyDoElsewhereForAnyNumberOfImages) {
  const at::Tensor images = pixels(8, 8);
  for (const std::int64_t together : {0, 1, 3, 4, 8, 16})
    for (const std::int64_t side : {0, 8}) {
      const auto victim = open(of_shape({together, 3, side, side}));
      EXPECT_EQ(victim->info().victim.kind, "onnx");
      for (const std::int64_t count : {1, 2, 7, 8})
        EXPECT_TRUE(at::allclose(answers_to(*victim, images.narrow(0, 0, count)),
                                 features_of(images.narrow(0, 0, count)), 1e-5, 1e-5))
            << together << ' ' << side << ' ' << count;
    }
}

TEST_F(OnnxVictims, OfMoreImagesThanABatchAreGivenAsManyAsTheyTake) {
  EXPECT_EQ(open(of_shape({16, 3, 8, 8}))->most(), 16U);  // of batches of 8
  EXPECT_EQ(open(of_shape({3, 3, 8, 8}))->most(), 9U);
  EXPECT_EQ(open(of_shape({0, 3, 8, 8}))->most(), 8U);
}

TEST_F(OnnxVictims, ThatTakeChannelsLastAnswerTheSame) {
  const at::Tensor images = pixels(5, 8);
  for (const std::int64_t side : {8, 0}) {
    OnnxSettings settings = of_shape({0, side, side, 3});
    settings.nhwc = true;
    EXPECT_TRUE(at::allclose(answers_to(*open(settings), images), features_of(images), 1e-5, 1e-5))
        << side;
  }
}

TEST_F(OnnxVictims, WithSeveralOutputsAreToldWhich) {
  OnnxSettings settings = of_shape({1, 3, 8, 8});
  settings.outputs = {"features", "logits"};
  says(fault<UsageError>(settings), "`victim-output`: is needed");
  says(fault<UsageError>(settings), "features (f32 1 x 4), logits (f32 1 x 2)");
  VictimOptions options = options_for(8);
  options.output = "means";
  says(fault<UsageError>(settings, options), "'means' is no output of");
  const at::Tensor images = pixels(3, 8);
  options.output = "logits";
  const auto logits = open(settings, options);
  EXPECT_TRUE(at::allclose(answers_to(*logits, images), logits_of(images), 1e-4, 1e-4));
  options.output = "features";
  const auto features = open(settings, options);
  EXPECT_TRUE(at::allclose(answers_to(*features, images), features_of(images), 1e-5, 1e-5));
  EXPECT_NE(logits->info().victim.id, features->info().victim.id);
  EXPECT_EQ(logits->info().victim.file, features->info().victim.file);
}

TEST_F(OnnxVictims, AreAskedAtTheSizeThatTheyStateUnlessTold) {
  VictimOptions options = options_for(4);
  std::vector<std::string> remarks;
  options.remark = [&](const std::string& what) { remarks.push_back(what); };
  EXPECT_EQ(open(of_shape({1, 3, 8, 8}), options)->input_size(), 8);
  EXPECT_EQ(open(of_shape({1, 3, 0, 8}), options)->input_size(), 8);
  EXPECT_EQ(open(of_shape({1, 3, 0, 0}), options)->input_size(), 4);
  options.image_size = 0;
  EXPECT_EQ(open(of_shape({1, 3, 8, 8}), options)->input_size(), 8);
  EXPECT_TRUE(remarks.empty());
  says(fault<UsageError>(of_shape({1, 3, 0, 0}), options), "`input-size`");
  options.input_size = 6;
  const auto victim = open(of_shape({1, 3, 8, 8}), options);
  EXPECT_EQ(victim->input_size(), 6);
  ASSERT_EQ(remarks.size(), 1U);
  says(remarks[0], "states images of 8 pixels and is asked about 6");
  const at::Tensor images = pixels(2, 6);
  EXPECT_TRUE(at::allclose(answers_to(*victim, images), features_of(images), 1e-5, 1e-5));
}

TEST_F(OnnxVictims, SeeMeanAndStdAsGiven) {
  VictimOptions options = options_for(8);
  options.mean = {0.5, 0.5, 0.5};
  options.std = {0.5, 0.5, 0.5};
  const at::Tensor images = pixels(2, 8);
  const at::Tensor seen = images.permute({0, 3, 1, 2}).to(at::kFloat) / 127.5 - 1;
  EXPECT_TRUE(at::allclose(answers_to(*open(of_shape({1, 3, 8, 8}), options), images),
                           at::conv2d(seen, weights({4, 3, 3, 3}), {}, 1, 1).relu().mean({2, 3}),
                           1e-5, 1e-5));
}

TEST_F(OnnxVictims, ThatTakeSomethingElseThanImagesAreRefused) {
  says(fault<DataError>(of_shape({1, 3, 8, 9})), "takes images of 8 x 9 pixels; export it for");
  says(fault<DataError>(of_shape({1, 1, 8, 8})), "takes f32 1 x 1 x 8 x 8, not images of three");
  says(fault<DataError>(of_shape({1, 3, 8})), "takes f32 1 x 3 x 8, not images of three channels");
  says(fault<DataError>(of_shape({5000, 3, 8, 8})), "more than are run here");
  says(fault<DataError>(of_shape({1, 3, 5000, 5000})), "more than are run here");
  OnnxSettings settings = of_shape({1, 3, 8, 8});
  settings.type = 10;
  says(fault<DataError>(settings), "takes numbers of f16, not of f32; export it with");
  settings.type = 2;
  says(fault<DataError>(settings), "takes numbers of u8, not of f32");
  settings.type = 1;
  settings.extra_input = "mask";
  says(fault<DataError>(settings), "takes 2 inputs, image (f32 1 x 3 x 8 x 8), mask (f32 1); exp");
  settings.extra_input = "";
  settings.outputs = {};
  says(fault<DataError>(settings), "has no output");
}

TEST_F(OnnxVictims, WithAnOperatorThatOpenCvDoesNotRunAreRefusedByItsName) {
  OnnxSettings settings = of_shape({1, 3, 8, 8});
  settings.op = "Rely";
  const std::string message = fault<DataError>(settings);
  says(message, "OpenCV " CV_VERSION " does not run its operator Rely (node act1)");
  says(message, "export it with another opset than 13, or export TorchScript");
  // Told to run at another size, the way out is that one.
  VictimOptions options = options_for(8);
  options.input_size = 4;
  says(fault<DataError>(settings, options), "it states images of 8 pixels, so leave out");
}

TEST_F(OnnxVictims, AreNotComputedWrongly) {
  const at::Tensor images = pixels(3, 8);
  OnnxSettings settings = of_shape({1, 3, 8, 8});
  settings.outputs = {"logits"};
  const bool right = CV_VERSION_MAJOR * 100 + CV_VERSION_MINOR >= 409;
  const auto real = [](const std::string& name) {  // of the value 2
    return formats::wire_bytes(1, name) + "\x15" + std::string("\0\0\0\x40", 4) +
           formats::wire_varint(20, 1);
  };
  using test::onnx::whole_number;
  for (const auto& [attributes, factor] : std::vector<std::pair<std::vector<std::string>, double>>{
           {{whole_number("transB", 1), real("alpha")}, 2},
           {{whole_number("transB", 1), real("beta")}, 1}}) {
    settings.gemm = attributes;
    if (!right) {
      says(fault<DataError>(settings),
           "operator Gemm (node fc) does not state transB, or is not a");
      continue;
    }
    const at::Tensor product = features_of(images).mm(weights({2, 4}).t());
    const at::Tensor expected = factor * product + (3 - factor) * weights({2});
    EXPECT_TRUE(at::allclose(answers_to(*open(settings), images), expected, 1e-4, 1e-4));
  }
  settings.gemm = {};
  EXPECT_THROW(open(settings), DataError);  // of these weights that is no product at all
}

TEST_F(OnnxVictims, RunInF32OnTheCpu) {
  VictimOptions options = options_for(8);
  options.precision = nn::Precision::kBf16;
  says(fault<UsageError>(of_shape({1, 3, 8, 8}), options), "`precision`");
  options = options_for(8);
  options.device = c10::Device(c10::kCUDA, 0);
  std::string remarked;
  options.remark = [&](const std::string& what) { remarked = what; };
  const at::Tensor images = pixels(1, 8);
  EXPECT_EQ(answers_to(*open(of_shape({1, 3, 8, 8}), options), images).size(1), 4);
  says(remarked, "runs on the CPU");
}

TEST_F(OnnxVictims, AreRefusedOrRunWhereverTheyAreDamaged) {
  const std::string whole = onnx_model(of_shape({1, 3, 8, 8}));
  const std::size_t weights_begin = whole.find("tiny");
  int refused = 0;
  for (std::size_t at = 4; at < weights_begin; at += 5) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    write_file(dir_ / "v.onnx", bytes, Overwrite::kAllow);
    try {
      const auto victim = open_victim((dir_ / "v.onnx").string(), options_for(8));
      answers_to(*victim, pixels(1, 8));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace cs::victim
