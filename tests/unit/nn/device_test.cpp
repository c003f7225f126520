#include "nn/device.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/cuda.h>
#include <torch/nn/modules/linear.h>

#include "core/error.hpp"
#include "nn/compat.hpp"
#include "nn/encoder.hpp"
#include "nn/init.hpp"

namespace cs::nn {
namespace {

TEST(Device, WordsAreParsedStrictly) {
  EXPECT_EQ(parse_device("cpu"), c10::Device(c10::kCPU));
  EXPECT_NO_THROW(parse_device("auto"));
  for (const char* word : {"", "gpu", "CPU", "cuda:", "cuda:x", "cuda:-1", "cuda:128", "cpu:0"})
    EXPECT_THROW(parse_device(word), UsageError) << word;
}

TEST(Device, ADeviceThatIsNotThereIsAnError) {
  if (torch::cuda::device_count() > 100) GTEST_SKIP() << "this machine has it";
  try {
    parse_device("cuda:100");
    FAIL();
  } catch (const UsageError&) {
    FAIL() << "the words are right";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("`device` cuda:100: there are"), std::string::npos);
  }
}

TEST(PrecisionWord, AutoIsF32ForInferenceAndWordsAreStrict) {
  EXPECT_EQ(parse_precision("auto", c10::kCPU, Work::kInference), Precision::kF32);
  EXPECT_EQ(parse_precision("auto", c10::Device(c10::kCUDA, 0), Work::kTraining), Precision::kBf16);
  EXPECT_EQ(parse_precision("f32", c10::kCPU, Work::kTraining), Precision::kF32);
  EXPECT_EQ(parse_precision("bf16", c10::kCPU, Work::kInference), Precision::kBf16);
  EXPECT_THROW(parse_precision("f16", c10::kCPU, Work::kTraining), UsageError);
  EXPECT_EQ(kPrecisions.print(Precision::kBf16), "bf16");
  EXPECT_EQ(kPrecisions.print(Precision::kF32), "f32");
}

TEST(Autocast, RestoresWhatItFound) {
  // The settings of a device exist without it; CUDA's own type is f16.
  for (const c10::DeviceType device : {c10::kCPU, c10::kCUDA}) {
    const at::ScalarType before = compat::autocast_dtype(device);
    {
      const Autocast outer(device, Precision::kBf16);
      EXPECT_TRUE(compat::autocast_enabled(device));
      EXPECT_EQ(compat::autocast_dtype(device), at::kBFloat16);
      { const Autocast inner(device, Precision::kBf16); }
      EXPECT_TRUE(compat::autocast_enabled(device));
      EXPECT_EQ(compat::autocast_dtype(device), at::kBFloat16);
    }
    EXPECT_FALSE(compat::autocast_enabled(device));
    EXPECT_EQ(compat::autocast_dtype(device), before);
  }
}

TEST(Autocast, DoesNothingForF32) {
  const Autocast guard(c10::kCPU, Precision::kF32);
  EXPECT_FALSE(compat::autocast_enabled(c10::kCPU));
}

TEST(Autocast, DoesNotUseWeightsOfTheStepBefore) {
  torch::nn::Linear linear(1, 1);
  const at::Tensor input = at::ones({1, 1});
  for (const double weight : {1.0, 2.0}) {
    {
      const at::NoGradGuard no_grad;
      linear->weight.fill_(weight);
      linear->bias.fill_(0);
    }
    const Autocast guard(c10::kCPU, Precision::kBf16);
    const at::Tensor output = linear(input);
    EXPECT_EQ(output.scalar_type(), at::kBFloat16);
    EXPECT_EQ(output.item<double>(), weight);
  }
}

TEST(Autocast, EmbeddingsStayF32AndNearTheirValues) {
  const at::NoGradGuard no_grad;
  for (const std::int64_t width : {0, 24}) {
    EncoderConfig config;
    config.arch = "resnet10";
    config.width = width;
    const Encoder encoder = make_encoder(config);
    initialize(*encoder, 1);
    encoder->eval();
    const at::Tensor input = at::linspace(-1, 1, 2 * 3 * 16 * 16).view({2, 3, 16, 16}).sin();
    const at::Tensor exact = encoder->forward(input);
    const Autocast guard(c10::kCPU, Precision::kBf16);
    const at::Tensor rough = encoder->forward(input);
    EXPECT_EQ(rough.scalar_type(), at::kFloat);
    EXPECT_FALSE(rough.equal(exact));
    EXPECT_LT((rough - exact).norm().item<double>(), 0.03 * exact.norm().item<double>());
  }
}

TEST(Blas, HasAName) {
  const std::string name = blas_name();
  EXPECT_FALSE(name.empty());
  RecordProperty("blas", name);
}

TEST(Threads, AreLeftToMatrixProductsWhileThoseComeFirst) {
  const int before = at::get_num_threads();
  set_threads(2);
  EXPECT_EQ(at::get_num_threads(), 2);
  {
    const ProductsFirst products_first;
    EXPECT_LE(at::get_num_threads(), 2);
  }
  EXPECT_EQ(at::get_num_threads(), 2);
  set_threads(before);
}

}  // namespace
}  // namespace cs::nn
