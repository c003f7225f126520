#include "methods/method.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.hpp"
#include "methods/list.hpp"
#include "methods/losses.hpp"
#include "methods/recipe_options.hpp"
#include "nn/head.hpp"
#include "nn/init.hpp"

namespace cs::methods {
namespace {

nn::Encoder make_encoder(std::int64_t width = 0) {
  nn::EncoderConfig config;
  config.arch = "resnet10";
  config.width = width;
  nn::Encoder encoder = nn::make_encoder(config);
  nn::initialize(*encoder, 1);
  return encoder;
}

using Changes = std::map<std::string, std::string>;

MethodSetup with_recipe(const char* method, const char* name = "", const Changes& changes = {}) {
  MethodSetup setup;
  setup.recipe = resolve_recipe(find_method(method), name, changes);
  return setup;
}

TEST(Method, StealsWithTheLossOfItsRow) {
  at::manual_seed(1);
  const auto s = at::randn({4, 16});
  const Targets targets{at::randn({4, 16}), {}};
  const auto& t = targets.answers;
  const auto loss = [&](const char* name, const Changes& changes = {}) {
    MethodSetup setup = with_recipe(name, "", changes);
    setup.answer_width = 16;
    return make_method(find_method(name), make_encoder(16), setup)->loss(s, targets);
  };
  EXPECT_TRUE(loss("mse").equal(mse(s, t)));
  EXPECT_TRUE(loss("cosine").equal(cosine(s, t)));
  const Changes tau{{"tau", "0.2"}};
  EXPECT_TRUE(loss("cont-steal", tau).equal(cont_steal(s, t, 0.2)));
  EXPECT_TRUE(loss("cont-steal-code", tau).equal(nt_xent(s, t, 0.2)));
  EXPECT_TRUE(loss("infonce", tau).equal(nt_xent(s, t, 0.2)));
  EXPECT_TRUE(loss("softnn", tau).equal(soft_nn(s, t, 0.2)));
}

TEST(Method, OfContStealLeavesOutAndAddsTheTermsThatAreAskedFor) {
  at::manual_seed(1);
  const auto s = at::randn({4, 16});
  const Targets targets{at::randn({4, 16}), {}};
  const auto expect = [&](const char* option, const ContStealTerms& terms) {
    MethodSetup setup = with_recipe("cont-steal", "", {{option, "true"}});
    setup.answer_width = 16;
    const auto method = make_method(find_method("cont-steal"), make_encoder(16), setup);
    const at::Tensor loss = method->loss(s, targets);
    EXPECT_TRUE(loss.equal(cont_steal(s, targets.answers, 0.5, terms))) << option;
    EXPECT_FALSE(loss.equal(cont_steal(s, targets.answers, 0.5))) << option;
  };
  expect("no-self-negatives", {false, false, false});
  expect("positive-in-denominator", {true, true, false});
  expect("symmetric", {true, false, true});
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

TEST(Method, ThatClassifiesPublishesTheLayerThatItTrains) {
  MethodSetup setup = with_recipe("label");
  setup.classes = 3;
  const nn::Encoder encoder = make_encoder();
  const auto method = make_method(find_method("label"), encoder, setup);
  method->eval();
  const at::Tensor images = at::randn({4, 3, 32, 32});
  const at::Tensor outputs = method->forward(images);
  ASSERT_TRUE(method->head());
  EXPECT_TRUE(at::allclose(nn::logits(*method->head(), encoder->forward(images)), outputs));
  EXPECT_FALSE(method->head()->bias.eq(0).any().item<bool>());
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
  MethodSetup setup;
  setup.classes = 5;
  const auto method = make_method(find_method("supervised"), make_encoder(), setup);
  const auto outputs = method->forward(at::randn({2, 3, 32, 32}));
  ASSERT_EQ(outputs.sizes(), (at::IntArrayRef{2, 5}));
  const auto logs = outputs.log_softmax(1);
  const auto loss = method->loss(outputs, {{}, at::tensor({3, 0}, at::kLong)});
  EXPECT_NEAR(loss.item<double>(), -(logs[0][3] + logs[1][0]).item<double>() / 2, 1e-6);
}

/// The loss of a classifier of three classes.
double classifier_loss(const char* name, const Changes& changes, bool softmax,
                       const at::Tensor& logits, const at::Tensor& answers) {
  MethodSetup setup = with_recipe(name, "", changes);
  setup.classes = 3;
  setup.softmax = softmax;
  const auto method = make_method(find_method(name), make_encoder(), setup);
  EXPECT_EQ(method->head()->weight.sizes(), (at::IntArrayRef{3, 256}));
  return method->loss(logits, {answers, {}}).item<double>();
}

TEST(Method, OfLabelsAndPosteriorsTrainsAClassifierOnTheVictimsAnswers) {
  at::manual_seed(2);
  const auto logits = at::randn({4, 3});
  const auto answers = at::randn({4, 3});
  const auto labels = at::tensor({2, 0, 1, 1}, at::kLong);
  double expected = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    expected -= logits.log_softmax(1)[i][labels[i]].item<double>() / 4;
  EXPECT_NEAR(classifier_loss("label", {}, false, logits, labels), expected, 1e-6);
  const auto posterior = [&](const Changes& changes, bool softmax) {
    return classifier_loss("posterior", changes, softmax, logits,
                           softmax ? answers.softmax(1) : answers);
  };
  const auto p = answers.softmax(1);
  const Changes with_kl{{"posterior-loss", "kl"}};
  EXPECT_NEAR(posterior({}, false), (logits - answers).square().mean().item<double>(), 1e-6);
  EXPECT_NEAR(posterior({}, true), (logits.softmax(1) - p).square().mean().item<double>(), 1e-6);
  EXPECT_NEAR(posterior(with_kl, false), kl(logits, p).item<double>(), 1e-6);
  EXPECT_NEAR(posterior(with_kl, true), kl(logits, p).item<double>(), 1e-6);
  EXPECT_FALSE(make_method(find_method("simclr"), make_encoder(), with_recipe("simclr"))->head());
}

/// Every method with small layers, on a set with something for each.
std::shared_ptr<Method> small_method(const MethodInfo& info, std::uint64_t seed) {
  MethodSetup setup;
  Changes changes;
  for (const RecipeOption& option : effective_options(info, info.recipe("")))
    if (const auto& wanted = Changes{{"projector", "8,6"}, {"predictor", "5"}, {"queue", "10"}};
        wanted.count(option.name) > 0)
      changes[option.name] = wanted.at(option.name);
  if (info.imitates()) changes["adapter"] = "linear";
  setup.recipe = resolve_recipe(info, "", changes);
  setup.classes = 3;
  setup.answer_width = 7;
  setup.seed = seed;
  return make_method(info, make_encoder(), setup);
}

TEST(Method, StartsEveryLayerThatItAddsFromTheSeed) {
  for (const MethodInfo& info : methods()) {
    at::manual_seed(1);  // of LibTorch's own random numbers, on which nothing may depend
    const auto one = small_method(info, 5);
    at::manual_seed(2);
    const auto again = small_method(info, 5);
    const auto other = small_method(info, 6);
    for (const auto& item : one->named_parameters()) {
      const std::string where = info.name + " " + item.key();
      EXPECT_TRUE(item.value().equal(again->named_parameters()[item.key()])) << where;
      const bool is_weight = item.value().dim() > 1 && item.key().find("encoder.") != 0 &&
                             item.key().find(".encoder.") == std::string::npos;
      if (is_weight) {
        EXPECT_FALSE(item.value().equal(other->named_parameters()[item.key()])) << where;
      }
    }
    for (const auto& item : one->named_buffers())
      EXPECT_TRUE(item.value().equal(again->named_buffers()[item.key()]))
          << info.name << " " << item.key();
  }
}

TEST(Method, GivesLayersOfOneShapeDifferentWeights) {
  const auto method =
      make_method(find_method("byol"), make_encoder(),
                  with_recipe("byol", "", {{"projector", "16,16"}, {"predictor", "16"}}));
  const auto parameters = method->named_parameters();
  EXPECT_FALSE(parameters["projector.3.weight"].equal(parameters["predictor.0.weight"]));
  EXPECT_FALSE(parameters["projector.3.weight"].equal(parameters["predictor.3.weight"]));
}

/// The parameter or buffer of this name.
at::Tensor tensor_of(const Method& method, const std::string& name) {
  for (const auto& item : method.named_parameters())
    if (item.key() == name) return item.value().detach();
  return method.named_buffers()[name];
}

TEST(Method, OfMocoQueuesTheKeysOfEveryStepInTheirTurn) {
  const MethodSetup setup = with_recipe("moco", "solo", {{"queue", "10"}});
  const auto method = make_method(find_method("moco"), make_encoder(), setup);
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
  method->eval();  // statistics do not depend on groups: only the order could
                   // differ
  const auto halves = method->forward(at::cat({view, view})).chunk(2);
  EXPECT_TRUE(halves[0].allclose(halves[1], 1e-4, 1e-4));
}

TEST(Method, OfByolMovesTheTargetNetworkWithADecayThatGrowsAlongACosine) {
  const MethodSetup setup = with_recipe("byol", "solo");  // from 0.99 to 1
  const auto method = make_method(find_method("byol"), make_encoder(), setup);
  const at::Tensor trained = tensor_of(*method, "encoder.conv1.weight");
  const at::Tensor average = tensor_of(*method, "follower.encoder.conv1.weight");
  EXPECT_TRUE(trained.equal(average));
  EXPECT_FALSE(method->named_parameters()["follower.encoder.conv1.weight"].requires_grad());
  const at::Tensor start = average.clone();
  at::Tensor(trained).add_(1);
  method->after_step(5, 10);  // half way: 0.995
  EXPECT_TRUE(average.allclose(start + 0.005, 1e-6, 1e-6));
}

TEST(Method, PutsAnAdapterBetweenWidthsAndKeepsItIfAsked) {
  MethodSetup setup = with_recipe("mse");
  setup.answer_width = 100;
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), setup), UsageError);
  setup.recipe.adapter = Adapter::kLinear;
  for (const std::int64_t width : {0, 30}) {  // without and with a layer fc of its own
    const auto dropped = make_method(find_method("mse"), make_encoder(width), setup);
    EXPECT_EQ(dropped->result()->config().width, width == 0 ? 256 : width);
    setup.recipe.keep_adapter = true;
    const auto kept = make_method(find_method("mse"), make_encoder(width), setup);
    setup.recipe.keep_adapter = false;
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
    MethodSetup setup = with_recipe("mse");
    setup.answer_width = 16;
    return setup;
  }());
  const at::Tensor one = at::randn({1, 3, 32, 32});
  method->eval();
  method->forward(one.repeat({5, 1, 1, 1}));
  EXPECT_NEAR(method->spread().item<double>(), 0, 1e-6);
  method->forward(at::randn({5, 3, 32, 32}));
  EXPECT_GT(method->spread().item<double>(), 1e-3);
}

TEST(Method, SaysWhatTheSetLacks) {
  MethodSetup setup;
  setup.classes = 1;
  EXPECT_THROW(make_method(find_method("supervised"), make_encoder(), setup), DataError);
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), setup), DataError);
  setup.answer_width = 100;
  EXPECT_THROW(make_method(find_method("mse"), make_encoder(), setup), UsageError);
}

}  // namespace
}  // namespace cs::methods
