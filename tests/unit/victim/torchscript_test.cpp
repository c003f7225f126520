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
  says(
      fault("(x, x)"),
      "returns a tuple of 2; pass as `victim-output` which one answers: 0 (8 x 3 x 4 x 4), 1 (8 x");
  says(fault("[x, x, x]"), "returns a list of 3; pass as `victim-output`");
  says(fault("{'logits': x, 'hidden': x}"), "returns a dictionary of 2; pass as `victim-output`");
  says(fault("3"), "returns a value of type int, in which no tensor is found; export a wrapper");
  says(fault("(1, 2)"), "returns a tuple of 2, in which no tensor is found");
  for (const char* body : {"(x, x)", "3"})
    EXPECT_EQ(fault(body).find("input-size"), std::string::npos);
}

TEST_F(TorchScript, AnswersWithTheOutputThatIsChosen) {
  const at::Tensor images = at::full({2, 4, 4, 3}, 51, at::kByte);
  const auto chosen = [&](const std::string& body, const std::string& output) {
    VictimOptions options = trusting(4);
    options.output = output;
    return answers_to(*open_victim(script(dir_, "v.pt", body), options), images);
  };
  const auto is = [](const at::Tensor& answers, std::int64_t width, float value) {
    return answers.size(1) == width && at::allclose(answers, at::full({2, width}, value), 1e-3);
  };
  const std::string one = "x[:, :2, 0, 0]";
  const std::string two = "x[:, :, 0, 0] * self.w";
  EXPECT_TRUE(is(chosen("(" + one + ", " + two + ")", "0"), 2, 0.2F));
  EXPECT_TRUE(is(chosen("(" + one + ", " + two + ")", "1"), 3, 0.4F));
  EXPECT_TRUE(is(chosen("[" + one + ", " + two + "]", "1"), 3, 0.4F));
  EXPECT_TRUE(is(chosen("{'a': " + one + ", 'b.c': " + two + "}", "b.c"), 3, 0.4F));
  EXPECT_TRUE(is(chosen("(1, {'a': " + one + ", 'b': " + two + "})", "1.b"), 3, 0.4F));
  EXPECT_TRUE(is(chosen("{'h': (" + one + ", " + two + ")}", "h.0"), 2, 0.2F));
  EXPECT_TRUE(is(chosen("(" + one + ".half(), " + two + ".double())", "0"), 2, 0.2F));
  EXPECT_TRUE(is(chosen("(" + one + ".half(), (" + two + ").double())", "1"), 3, 0.4F));
  const auto wrong = [&](const std::string& body, const std::string& output) {
    return thrown<UsageError>([&] { chosen(body, output); });
  };
  says(wrong("(x, x)", "2"), "`victim-output`: '2' is nothing that");
  says(wrong("(x, x)", "2"), "returns; there is 0 (8 x 3 x 4 x 4), 1 (8 x 3 x 4 x 4)");
  says(wrong("(x, ((x, x), x))", "1.0.0"), "'1.0.0' is nothing that");
  says(wrong("x", "0"), "`victim-output`: has no effect on");
}

TEST_F(TorchScript, OfAnotherOutputIsAnotherVictim) {
  const std::string path = script(dir_, "v.pt", "(x, x)");
  VictimOptions options = trusting(4);
  options.output = "0";
  const std::string first = open_victim(path, options)->info().victim.id;
  options.output = "1";
  EXPECT_NE(open_victim(path, options)->info().victim.id, first);
}

TEST_F(TorchScript, ThatWasTracedForSomeImagesIsGivenSoManyAtATime) {
  const at::Tensor images = at::arange(7 * 48).remainder(256).to(at::kByte).view({7, 4, 4, 3});
  const at::Tensor expected = images.permute({0, 3, 1, 2}).flatten(1).to(at::kFloat) / 255;
  for (const char* body : {"x.view(1, 48)", "x.view(2, 48)", "x.view(4, 48)", "x.view(8, 48)",
                           "x.view(16, 48)", "x.view(4, -1)"}) {
    const auto victim = open_victim(script(dir_, "v.pt", body), trusting(4));
    for (int i = 0; i < 2; ++i) {
      const at::Tensor answers = answers_to(*victim, images);
      ASSERT_EQ(answers.sizes(), expected.sizes()) << body;
      EXPECT_TRUE(at::allclose(answers, expected)) << body;
    }
  }
}

TEST_F(TorchScript, ThatFailsOnOneImageSaysWhy) {
  const at::Tensor dark = at::zeros({2, 4, 4, 3}, at::kByte);
  const at::Tensor bright = at::full({2, 4, 4, 3}, 255, at::kByte);
  const std::string pixel = ".index_select(1, (x.max() * 100).long().view(1))";
  for (const char* body : {"x.view(1, 48)", "x.flatten(1)"}) {
    const auto victim = open_victim(script(dir_, "v.pt", body + pixel), trusting(4));
    EXPECT_EQ(answers_to(*victim, dark).sizes(), (at::IntArrayRef{2, 1}));
    const std::string message = thrown<DataError>([&] { answers_to(*victim, bright); });
    EXPECT_NE(message.find("fails on images of 4 pixels: "), std::string::npos) << message;
    EXPECT_EQ(message.find("`layout`"), std::string::npos) << message;
  }
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
  says(fault("x[:0].flatten(1)"), "answers 8 images with numbers of shape 0 x 48");
  says(fault("x.flatten(1) / 0.0"), "not finite");
}

}  // namespace
}  // namespace cs::victim
