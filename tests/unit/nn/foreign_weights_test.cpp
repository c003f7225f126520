#include "nn/foreign_weights.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "nn/state.hpp"
#include "support/encoders.hpp"
#include "support/thrown.hpp"

namespace cs::nn {
namespace {

using test::embeddings_of;
using test::thrown;

/// A file's bytes and its tensors, which point into them.
struct File {
  explicit File(const State& state)
      : bytes(to_safetensors(state, {})), weights(formats::parse_safetensors("f", bytes)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string bytes;
  formats::Safetensors weights;
};

EncoderConfig resnet20(std::int64_t width = 0) {
  EncoderConfig config;
  config.arch = "resnet20";
  config.width = width;
  config.linear = width != 0;
  return config;
}

ForeignNetwork told(const std::string& arch = "resnet20") {
  ForeignNetwork network;
  network.arch = arch;
  return network;
}

/// The state with every name changed.
State renamed(State state, const std::function<std::string(const std::string&)>& rename) {
  for (auto& [name, tensor] : state) name = rename(name);
  return state;
}

State prefixed(const State& state, const std::string& prefix) {
  return renamed(state, [&](const std::string& name) { return prefix + name; });
}

State together(State one, const State& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Adopt, FindsTheNetworkUnderAnyPrefix) {
  const Encoder encoder = test::used_encoder(resnet20());
  for (const char* prefix : {"", "module.", "model.backbone.", "module.encoder_q."}) {
    const File file(prefixed(state_of(*encoder), prefix));
    const Adopted adopted = adopt("f", file.weights, told());
    EXPECT_TRUE(at::equal(embeddings_of(adopted.encoder), embeddings_of(encoder))) << prefix;
    EXPECT_TRUE(adopted.left_out.empty()) << prefix;
  }
}

TEST(Adopt, TakesTheNamesOfOthers) {
  EncoderConfig config;
  config.arch = "resnet10";
  const Encoder encoder = test::used_encoder(config);
  const File shortcut(renamed(state_of(*encoder), [](const std::string& name) {
    return replaced(name, "downsample", "shortcut");
  }));
  // Of torch.nn.Sequential: convolution, norm, ReLU, no pooling, then the stages.
  const File numbers(renamed(state_of(*encoder), [](std::string name) {
    const std::vector<std::pair<std::string, std::string>> parts{
        {"layer1.", "f.3."}, {"layer2.", "f.4."}, {"layer3.", "f.5."}, {"layer4.", "f.6."}};
    for (const auto& [from, to] : parts)
      if (name.rfind(from, 0) == 0) return replaced(name, from, to);
    return replaced(replaced(name, "conv1.", "f.0."), "bn1.", "f.1.");
  }));
  for (const File* file : {&shortcut, &numbers}) {
    const Adopted adopted = adopt("f", file->weights, told("resnet10"));
    EXPECT_TRUE(at::equal(embeddings_of(adopted.encoder), embeddings_of(encoder)));
  }
}

TEST(Adopt, AnswersWithTheLayerThatIsAskedFor) {
  const Encoder classifier = test::used_encoder(resnet20(10));
  const File file(renamed(state_of(*classifier), [](const std::string& name) {
    return replaced(name, "fc.", "linear.");
  }));
  ForeignNetwork network = told();
  const Adopted features = adopt("f", file.weights, network);
  EXPECT_EQ(features.encoder->config().width, 64);
  EXPECT_EQ(features.left_out, (std::vector<std::string>{"linear.weight", "linear.bias"}));
  network.output = OutputLayer::kFc;
  const Adopted logits = adopt("f", file.weights, network);
  EXPECT_EQ(logits.encoder->config().width, 10);
  EXPECT_TRUE(logits.left_out.empty());
  EXPECT_TRUE(at::equal(embeddings_of(logits.encoder), embeddings_of(classifier)));
  const at::Tensor by_hand =
      at::linear(embeddings_of(features.encoder), classifier->fc()->weight, classifier->fc()->bias);
  EXPECT_TRUE(at::allclose(embeddings_of(logits.encoder), by_hand, 1e-5, 1e-5));

  const File without(state_of(*test::used_encoder(resnet20())));
  EXPECT_NE(thrown<DataError>([&] { adopt("f", without.weights, network); }).find("no one linear"),
            std::string::npos);
}

TEST(Adopt, AsksWhichOfSeveralNetworks) {
  const Encoder one = test::used_encoder(resnet20(), 1);
  const Encoder two = test::used_encoder(resnet20(), 2);
  const File file(
      together(prefixed(state_of(*one), "online."), prefixed(state_of(*two), "target.")));
  EXPECT_EQ(thrown<DataError>([&] { adopt("f", file.weights, told()); }),
            "f: holds several networks; choose one with `prefix`: 'online.', 'target.'");
  ForeignNetwork network = told();
  network.prefix = "target.";
  const Adopted adopted = adopt("f", file.weights, network);
  EXPECT_TRUE(at::equal(embeddings_of(adopted.encoder), embeddings_of(two)));
  EXPECT_EQ(adopted.left_out.size(), state_of(*one).size());
  network.prefix = "teacher.";
  EXPECT_EQ(thrown<DataError>([&] { adopt("f", file.weights, network); }),
            "f: holds no network under the prefix 'teacher.'; there is 'online.', 'target.'");
}

TEST(Adopt, NamesWhatIsNotTheArchitectures) {
  State state = state_of(*test::used_encoder(resnet20()));
  const File whole(state);
  const std::string other = thrown<DataError>([&] { adopt("f", whole.weights, told("resnet56")); });
  EXPECT_NE(other.find("is no resnet56 with this `stem`; it lacks layer1.3.conv1.weight"),
            std::string::npos)
      << other;
  EXPECT_NE(other.find("it fits `arch` resnet20 with `stem` cifar"), std::string::npos) << other;
  ForeignNetwork stem = told();
  stem.stem = kStems.parse("imagenet");
  EXPECT_NE(thrown<DataError>([&] {
              adopt("f", whole.weights, stem);
            }).find("it has conv1.weight of another shape"),
            std::string::npos);

  state.emplace_back("layer1.0.conv3.weight", at::zeros({1}));
  const File more(state);
  EXPECT_EQ(thrown<DataError>([&] { adopt("f", more.weights, told()); }),
            "f: is no resnet20 with this `stem`; it has layer1.0.conv3.weight");
  const File other_network(State{{"features.0.0.weight", at::zeros({1})}});
  EXPECT_TRUE(network_prefixes(other_network.weights).empty());
  EXPECT_THROW(adopt("f", other_network.weights, told()), DataError);
  const File none(State{});
  EXPECT_THROW(adopt("f", none.weights, told()), DataError);
}

TEST(Adopt, DoesWithoutCountsOfBatches) {
  const Encoder encoder = test::used_encoder(resnet20());
  State state;
  for (const auto& item : state_of(*encoder))
    if (item.first.find("num_batches") == std::string::npos) state.push_back(item);
  const File file(state);
  EXPECT_TRUE(
      at::equal(embeddings_of(adopt("f", file.weights, told()).encoder), embeddings_of(encoder)));
}

TEST(Adopt, RefusesNumbersThatAreNotFinite) {
  State state = state_of(*test::used_encoder(resnet20()));
  const at::NoGradGuard no_grad;
  state.front().second[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const File file(state);
  EXPECT_THROW(adopt("f", file.weights, told()), DataError);
}

TEST(Adopt, ConvertsOtherPrecisions) {
  const Encoder encoder = test::used_encoder(resnet20());
  const std::vector<std::pair<std::string, at::ScalarType>> types{
      {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"F64", at::kDouble}};
  for (const auto& [word, type] : types) {
    std::vector<at::Tensor> kept;
    formats::Safetensors file;
    for (const auto& [name, tensor] : state_of(*encoder)) {
      const bool real = tensor.is_floating_point();
      kept.push_back(real ? tensor.detach().to(type).contiguous() : tensor);
      const at::Tensor& value = kept.back();
      file.tensors.push_back({name,
                              real ? word : "I64",
                              value.sizes().vec(),
                              {static_cast<const char*>(value.data_ptr()), value.nbytes()}});
      if (real) {
        const at::NoGradGuard no_grad;
        at::Tensor(tensor).copy_(value);  // what is left of it in that precision
      }
    }
    EXPECT_TRUE(at::equal(embeddings_of(adopt("f", file, told()).encoder), embeddings_of(encoder)))
        << word;
  }
}

TEST(Fitting, NamesArchitecturesAndStems) {
  const File cifar(prefixed(state_of(*test::used_encoder(resnet20(10))), "module."));
  EXPECT_EQ(fitting(cifar.weights, {}), "`arch` resnet20 with `stem` cifar");
  EncoderConfig config;
  config.arch = "resnet10";
  config.stem = kStems.parse("imagenet");
  const File imagenet(state_of(*test::used_encoder(config)));
  EXPECT_EQ(fitting(imagenet.weights, {}), "`arch` resnet10 with `stem` imagenet");
  const File none(
      State{{"conv1.weight", at::zeros({1})}, {"layer1.0.conv1.weight", at::zeros({1})}});
  EXPECT_EQ(fitting(none.weights, {}), "");
}

}  // namespace
}  // namespace cs::nn
