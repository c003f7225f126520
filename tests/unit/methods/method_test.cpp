#include "methods/method.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.hpp"

namespace cs::methods {
namespace {

nn::Encoder make_encoder(std::int64_t width = 0) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.width = width;
  nn::Encoder encoder(config);
  nn::initialize(*encoder, 1);
  return encoder;
}

MethodSettings with_recipe(const char* method, const char* name = "") {
  MethodSettings settings;
  settings.recipe = find_method(method).recipe(name);
  return settings;
}

TEST(Methods, HaveNamesAndOneLineSummariesOfTheirOwn) {
  std::set<std::string> names;
  for (const auto& info : methods()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name;
    EXPECT_LE(info.summary.size(), 60U) << info.name;
    EXPECT_EQ(info.summary.find_first_of("\n."), std::string::npos) << info.name;
    EXPECT_EQ(&find_method(info.name), &info);
  }
}

TEST(Methods, ThatStealNeedAnswersAndNeverGroundTruth) {
  for (const auto& info : methods()) {
    const bool steals = info.kind == MethodKind::kSteal;
    EXPECT_EQ(info.answers.has_value(), steals) << info.name;
    EXPECT_FALSE(steals && info.needs_labels) << info.name;
  }
}

TEST(Methods, ThatDoNotExistAreRefusedWithTheNamesOfThoseThatDo) {
  try {
    find_method("conts-teal");
    FAIL() << "no error";
  } catch (const UsageError& error) {
    for (const auto& info : methods()) {
      EXPECT_NE(std::string(error.what()).find(info.name), std::string::npos) << error.what();
    }
  }
}

TEST(Method, StealsWithTheLossOfItsRow) {
  at::manual_seed(1);
  const auto s = at::randn({4, 16});
  const Targets targets{at::randn({4, 16}), {}};
  const auto& t = targets.answers;
  MethodSettings settings;
  settings.answer_width = 16;
  settings.recipe.tau = 0.2;
  const auto loss = [&](const char* name) {
    return make_method(find_method(name), make_encoder(16), settings)->loss(s, targets);
  };
  EXPECT_TRUE(loss("mse").equal(mse(s, t)));
  EXPECT_TRUE(loss("cosine").equal(cosine(s, t)));
  EXPECT_TRUE(loss("cont-steal").equal(cont_steal(s, t, 0.2)));
  EXPECT_TRUE(loss("cont-steal-code").equal(nt_xent(s, t, 0.2)));
  EXPECT_TRUE(loss("infonce").equal(nt_xent(s, t, 0.2)));
  settings.recipe.terms.self_negatives = false;
  EXPECT_TRUE(loss("cont-steal").equal(cont_steal(s, t, 0.2, settings.recipe.terms)));
}

TEST(Method, OfSimclrPairsTheTwoHalvesOfTheBatchBehindAProjector) {
  const auto method = make_method(find_method("simclr"), make_encoder(), with_recipe("simclr"));
  const auto outputs = method->forward(at::randn({6, 3, 32, 32}));
  EXPECT_EQ(outputs.sizes(), (at::IntArrayRef{6, 128}));
  const auto expected = nt_xent(outputs.narrow(0, 0, 3), outputs.narrow(0, 3, 3), 0.5);
  EXPECT_TRUE(method->loss(outputs, {}).equal(expected));
  const auto parameters = method->named_parameters();
  EXPECT_EQ(parameters["projector.0.weight"].size(0), 1024);
  EXPECT_TRUE(parameters.contains("encoder.conv1.weight"));
}

/// The names of the parameters under `prefix`.
std::set<std::string> parameters_of(const Method& method, const std::string& prefix) {
  std::set<std::string> names;
  for (const auto& item : method.named_parameters())
    if (item.key().rfind(prefix, 0) == 0) names.insert(item.key().substr(prefix.size()));
  return names;
}

TEST(Method, PutsBatchNormIntoProjectorsAsTheRecipeSays) {
  const auto projector = [](const char* name, const char* recipe) {
    const auto method = make_method(find_method(name), make_encoder(), with_recipe(name, recipe));
    return parameters_of(*method, "projector.");
  };
  using Names = std::set<std::string>;
  const Names bare{"0.weight", "0.bias", "2.weight", "2.bias"};
  EXPECT_EQ(projector("simclr", "dkobak"), bare);
  EXPECT_EQ(projector("simclr", "solo"), bare);
  EXPECT_EQ(projector("moco", "lightly"), bare);
  const Names hidden{"0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"};
  EXPECT_EQ(projector("byol", "lightly"), hidden);
  Names both = hidden;
  both.insert({"4.weight", "4.bias"});
  EXPECT_EQ(projector("simclr", "lightly"), both);
  EXPECT_EQ(projector("simsiam", "lightly"), both);
  Names three = both;
  three.insert({"6.weight", "6.bias"});  // and behind it a batch norm without weights
  EXPECT_EQ(projector("simsiam", "solo"), three);
}

TEST(Method, OfSupervisedLearningIsTheCrossEntropyOfALinearLayer) {
  MethodSettings settings;
  settings.classes = 5;
  const auto method = make_method(find_method("supervised"), make_encoder(), settings);
  const auto outputs = method->forward(at::randn({2, 3, 32, 32}));
  ASSERT_EQ(outputs.sizes(), (at::IntArrayRef{2, 5}));
  const auto logs = outputs.log_softmax(1);
  const auto loss = method->loss(outputs, {{}, at::tensor({3, 0}, at::kLong)});
  EXPECT_NEAR(loss.item<double>(), -(logs[0][3] + logs[1][0]).item<double>() / 2, 1e-6);
}

TEST(Method, OfLabelsAndPosteriorsTrainsAClassifierOnTheVictimsAnswers) {
  MethodSettings settings;
  settings.classes = 3;
  const auto loss = [&](const char* name, const at::Tensor& logits, const at::Tensor& answers) {
    const auto method = make_method(find_method(name), make_encoder(), settings);
    EXPECT_EQ(method->head()->weight.sizes(), (at::IntArrayRef{3, 256}));
    return method->loss(logits, {answers, {}}).item<double>();
  };
  at::manual_seed(2);
  const auto logits = at::randn({4, 3});
  const auto answers = at::randn({4, 3});
  const auto labels = at::tensor({2, 0, 1, 1}, at::kLong);
  double expected = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    expected -= logits.log_softmax(1)[i][labels[i]].item<double>() / 4;
  EXPECT_NEAR(loss("label", logits, labels), expected, 1e-6);
  EXPECT_NEAR(loss("posterior", logits, answers), (logits - answers).square().mean().item<double>(),
              1e-6);
  settings.recipe.posterior_loss = PosteriorLoss::kKl;
  EXPECT_NEAR(loss("posterior", logits, answers), kl(logits, answers.softmax(1)).item<double>(),
              1e-6);
  settings.softmax = true;
  const auto p = answers.softmax(1);
  EXPECT_NEAR(loss("posterior", logits, p), kl(logits, p).item<double>(), 1e-6);
  settings.recipe.posterior_loss = PosteriorLoss::kMse;
  EXPECT_NEAR(loss("posterior", logits, p), (logits.softmax(1) - p).square().mean().item<double>(),
              1e-6);
  EXPECT_FALSE(make_method(find_method("simclr"), make_encoder(), with_recipe("simclr"))->head());
}

TEST(Method, StartsItsHeadFromTheSeed) {
  const auto first = [](std::uint64_t seed) {
    MethodSettings settings = with_recipe("simclr");
    settings.seed = seed;
    const auto method = make_method(find_method("simclr"), make_encoder(), settings);
    return method->named_parameters()["projector.0.weight"].detach().clone();
  };
  EXPECT_TRUE(first(1).equal(first(1)));
  EXPECT_FALSE(first(1).equal(first(2)));
}

/// The follower's copy of a parameter or buffer.
at::Tensor tensor_of(const Method& method, const std::string& name) {
  for (const auto& item : method.named_parameters())
    if (item.key() == name) return item.value().detach();
  return method.named_buffers()[name];
}

TEST(Method, OfMocoQueuesTheKeysOfEveryStepInTheirTurn) {
  MethodSettings settings = with_recipe("moco", "solo");
  settings.recipe.queue = 10;
  const auto method = make_method(find_method("moco"), make_encoder(), settings);
  const at::Tensor queue = tensor_of(*method, "queue");
  EXPECT_TRUE(queue.norm(2, 1).allclose(at::ones({10})));
  const at::Tensor before = queue.clone();
  std::vector<at::Tensor> keys;
  for (std::int64_t step = 0; step < 3; ++step) {  // of 4 keys each: the third goes round the end
    const at::Tensor outputs = method->forward(at::randn({4, 3, 32, 32}));
    const at::Tensor rows = outputs.chunk(2)[1].detach();
    keys.push_back(rows / rows.norm(2, 1, true));
    method->after_step(step, 10);
    if (step == 0) {
      EXPECT_TRUE(queue.narrow(0, 4, 6).equal(before.narrow(0, 4, 6)));
    }
  }
  const at::Tensor all = at::cat(keys);
  EXPECT_TRUE(queue.narrow(0, 2, 8).allclose(all.narrow(0, 2, 8)));
  EXPECT_TRUE(queue.narrow(0, 0, 2).allclose(all.narrow(0, 10, 2)));
}

TEST(Method, OfMocoGivesKeysInTheOrderOfTheirImages) {
  const auto method = make_method(find_method("moco"), make_encoder(), with_recipe("moco"));
  at::manual_seed(3);
  const at::Tensor view = at::randn({11, 3, 32, 32});  // not a multiple of the 8 groups
  method->eval();  // statistics do not depend on groups: only the order could differ
  const auto halves = method->forward(at::cat({view, view})).chunk(2);
  EXPECT_TRUE(halves[0].allclose(halves[1], 1e-4, 1e-4));
}

TEST(Method, OfByolFollowsTheWeightsAlongACosine) {
  MethodSettings settings = with_recipe("byol", "solo");  // from 0.99 to 1
  const auto method = make_method(find_method("byol"), make_encoder(), settings);
  const at::Tensor leader = tensor_of(*method, "encoder.conv1.weight");
  const at::Tensor follower = tensor_of(*method, "follower.encoder.conv1.weight");
  EXPECT_TRUE(leader.equal(follower));
  EXPECT_FALSE(method->named_parameters()["follower.encoder.conv1.weight"].requires_grad());
  const at::Tensor start = follower.clone();
  at::Tensor(leader).add_(1);
  method->after_step(5, 10);  // half way: 0.995
  EXPECT_TRUE(follower.allclose(start + 0.005, 1e-6, 1e-6));
}

TEST(Method, PutsAnAdapterBetweenWidthsAndKeepsItIfAsked) {
  MethodSettings settings = with_recipe("mse");
  settings.answer_width = 100;
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), settings), UsageError);
  settings.recipe.adapter = Adapter::kLinear;
  for (const std::int64_t width : {0, 30}) {  // without and with a layer fc of its own
    const auto dropped = make_method(find_method("mse"), make_encoder(width), settings);
    EXPECT_EQ(dropped->result()->config().width, width == 0 ? 256 : width);
    settings.recipe.keep_adapter = true;
    const auto kept = make_method(find_method("mse"), make_encoder(width), settings);
    settings.recipe.keep_adapter = false;
    kept->eval();
    nn::Encoder result = kept->result();
    result->eval();
    const at::Tensor images = at::randn({3, 3, 32, 32});
    EXPECT_EQ(result->config().width, 100);
    EXPECT_TRUE(result->forward(images).allclose(kept->forward(images), 1e-4, 1e-5));
  }
}

TEST(Method, SpreadIsZeroWhereAllEmbeddingsAreTheSame) {
  const auto method = make_method(find_method("mse"), make_encoder(16), [] {
    MethodSettings settings = with_recipe("mse");
    settings.answer_width = 16;
    return settings;
  }());
  const at::Tensor one = at::randn({1, 3, 32, 32});
  method->eval();
  method->forward(one.repeat({5, 1, 1, 1}));
  EXPECT_NEAR(method->spread().item<double>(), 0, 1e-6);
  method->forward(at::randn({5, 3, 32, 32}));
  EXPECT_GT(method->spread().item<double>(), 1e-3);
}

TEST(Method, SaysWhatTheSetLacks) {
  MethodSettings settings;
  settings.classes = 1;
  EXPECT_THROW(make_method(find_method("supervised"), make_encoder(), settings), DataError);
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), settings), DataError);
  settings.answer_width = 100;
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), settings), UsageError);
}

}  // namespace
}  // namespace cs::methods
