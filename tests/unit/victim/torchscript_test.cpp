#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/thrown.hpp"
#include "support/victims.hpp"
#include "victim/open.hpp"

namespace cs::victim {
namespace {

using test::answers_to;
using test::script;
using test::thrown;
using test::trusting;

class TorchScript : public testing::Test {
 protected:
  /// What a program with this body answers about two gray images of 4 pixels.
  at::Tensor ask(const std::string& body, at::ScalarType type = at::kFloat) {
    const auto victim = open_victim(script(dir_, "v.pt", body, type), trusting(4));
    return answers_to(*victim, at::full({2, 4, 4, 3}, 51, at::kByte));  // 51 / 255 = 0.2
  }
  std::string fault(const std::string& body, at::ScalarType type = at::kFloat) {
    return thrown<DataError>([&] { ask(body, type); });
  }
  static bool says(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
    return message.find(part) != std::string::npos;
  }
  test::TempDir dir_;
};

TEST_F(TorchScript, AnswersWithWhatItReturnsFlattened) {
  EXPECT_TRUE(at::allclose(ask("x.flatten(1).mean(1, True) * self.w"), at::full({2, 1}, 0.4F)));
  EXPECT_TRUE(at::allclose(ask("x[:, :2, :1, :3] * self.w"), at::full({2, 6}, 0.4F)));
  EXPECT_TRUE(at::allclose(ask("x[:, 0, 0, 0] * self.w"), at::full({2, 1}, 0.4F)));
}

TEST_F(TorchScript, SeesMeanStdAndSizeAsGiven) {
  VictimOptions options = trusting(4);
  options.mean = {0.1, 0.2, 0.0};
  options.std = {1.0, 0.5, 1.0};
  options.input_size = 8;
  const auto victim =
      open_victim(script(dir_, "v.pt", "x[:, :, 0, 0] * self.w + float(x.size(3))"), options);
  const at::Tensor answers = answers_to(*victim, at::full({1, 4, 4, 3}, 51, at::kByte));
  EXPECT_NEAR(answers[0][0].item<float>(), 2 * 0.1 + 8, 1e-5);
  EXPECT_NEAR(answers[0][1].item<float>(), 2 * 0.0 + 8, 1e-5);
  EXPECT_NEAR(answers[0][2].item<float>(), 2 * 0.2 + 8, 1e-5);
}

TEST_F(TorchScript, IsAskedInEvaluationMode) {
  torch::jit::Module module("V");
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define("def forward(self, x):\n  return x.flatten(1) * float(self.training)\n");
  const std::string path = (dir_ / "v.pt").string();
  module.save(path);
  const auto victim = open_victim(path, trusting(4));
  EXPECT_FALSE(answers_to(*victim, at::full({1, 4, 4, 3}, 51, at::kByte)).any().item<bool>());
}

TEST_F(TorchScript, WithWeightsOfAnotherPrecisionRunsAsF32) {
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kDouble}) {
    EXPECT_TRUE(at::allclose(ask("x.flatten(1).matmul(self.w.expand(48).unsqueeze(1))", type),
                             at::full({2, 1}, 48 * 0.4F)))
        << type;
  }
}

TEST_F(TorchScript, KeepsWholeNumbersAsTheyAre) {
  torch::jit::Module module("V");
  module.register_buffer("rows", at::tensor({2, 0}, at::kLong));
  module.define("def forward(self, x):\n  return x[:, :, 0, 0].index_select(1, self.rows)\n");
  module.save((dir_ / "v.pt").string());
  const auto victim = open_victim((dir_ / "v.pt").string(), trusting(4));
  EXPECT_EQ(answers_to(*victim, at::zeros({1, 4, 4, 3}, at::kByte)).size(1), 2);
}

TEST_F(TorchScript, ThatReturnsSeveralThingsIsToldWhichAndWhatToDo) {
  says(fault("(x, x)"), "returns a tuple of 2 tensors; export a wrapper");
  says(fault("[x, x, x]"), "returns a list of 3 tensors; export a wrapper");
  says(fault("{'logits': x, 'hidden': x}"), "returns a dictionary with 'logits', 'hidden'; export");
  says(fault("(x, 1)"), "returns a tuple of 2 things");
  says(fault("3"), "returns a value of type int");
  for (const char* body : {"(x, x)", "3"})
    EXPECT_EQ(fault(body).find("input-size"), std::string::npos);
}

TEST_F(TorchScript, ThatTakesImagesOfAnotherSizeIsAskedForItOnlyIfItTakesThat) {
  const std::string wrong = fault("x.view(x.size(0), 3 * 32 * 32)");
  says(wrong, "does not take images of 4 pixels, but of 32; pass `input-size` 32");
  VictimOptions options = trusting(4);
  options.input_size = 32;
  const std::string path = script(dir_, "v.pt", "x.view(x.size(0), 3 * 32 * 32)");
  EXPECT_EQ(answers_to(*open_victim(path, options), at::zeros({1, 4, 4, 3}, at::kByte)).size(1),
            3072);

  const std::string broken = fault("x.view(7)");
  says(broken, "fails on images of 4 pixels: ");
  EXPECT_EQ(broken.find("input-size"), std::string::npos);
}

TEST_F(TorchScript, ThatTakesItsAxesInAnotherOrderIsAskedForItOnlyIfItTakesThat) {
  const std::string last = "x.view(x.size(0), -1) * float(1 // int(x.size(3) == 3))";
  says(fault(last),
       "does not take images of 4 pixels, but their channels last; pass `layout` nhwc");
  VictimOptions options = trusting(4);
  options.layout = Layout::kNhwc;
  const std::string path = script(dir_, "last.pt", last);
  EXPECT_EQ(answers_to(*open_victim(path, options), at::zeros({1, 4, 4, 3}, at::kByte)).size(1),
            48);
  const auto message = [&](const std::string& body) {
    return thrown<DataError>([&] {
      answers_to(*open_victim(script(dir_, "v.pt", body), options),
                 at::zeros({1, 4, 4, 3}, at::kByte));
    });
  };
  says(message("x.view(x.size(0), -1) * float(1 // int(x.size(1) == 3))"),
       "but their channels first; pass `layout` nchw");
  says(message("x.view(x.size(0), 3 * 32 * 32) * float(1 // int(x.size(1) == 3))"),
       "but of 32, their channels first; pass `input-size` 32 and `layout` nchw");
}

TEST_F(TorchScript, ThatAnswersNonsenseIsADataError) {
  says(fault("x.sum()"), "answers 8 images with one number, not with one vector an image");
  says(fault("x[:1].flatten(1)"), "answers 8 images with numbers of shape 1 x 48");
  says(fault("x[:1].flatten(1)"), "pass `batch` 1");
  says(fault("x.flatten(1) / 0.0"), "not finite");
}

}  // namespace
}  // namespace cs::victim
