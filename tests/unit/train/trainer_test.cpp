#include "train/trainer.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/random.hpp"
#include "core/stop.hpp"
#include "formats/weights_file.hpp"
#include "methods/list.hpp"
#include "methods/recipe_options.hpp"
#include "nn/state.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"
#include "train/session.hpp"

namespace cs::train {
namespace {

constexpr std::int64_t kRecords = 24;
constexpr std::int64_t kWidth = 8;

/// Two classes of noisy images, dark and bright, with answers that tell them apart; of stored
/// views, two of each image.
data::TrainingSet make_set(bool stored_views) {
  at::manual_seed(5);
  data::TrainingSet set;
  set.answers_per_record = stored_views ? 2 : 1;
  const std::int64_t rows = kRecords * set.answers_per_record;
  set.labels = at::arange(kRecords, at::kLong).remainder(2);
  const auto label = set.labels.repeat_interleave(set.answers_per_record);
  const auto noise = at::randint(0, 100, {rows, 16, 16, 3}, at::kLong);
  set.images = (noise + label.view({-1, 1, 1, 1}) * 120).to(at::kByte);
  set.answers = at::randn({2, kWidth}).index_select(0, label) * 2;
  set.images_were_answered = true;
  set.images_are_views = stored_views;
  set.records = kRecords;
  set.first = 100;
  set.classes = {"dark", "bright"};
  set.answer_classes = set.classes;
  return set;
}

data::TrainingSet set_for(const methods::MethodInfo& info) {
  data::TrainingSet set = make_set(info.views == methods::Views::kAnsweredPair);
  if (info.answers == data::AnswerKind::kPrediction) set.answers = set.labels;
  if (info.answers == data::AnswerKind::kPosterior)
    set.answers = set.answers.narrow(1, 0, 2).contiguous();
  return set;
}

/// The method's default recipe in small, with Adam.
methods::Recipe small(const std::string& method, std::int64_t epochs) {
  const std::map<std::string, std::string> values = {{"optimizer", "adam"},
                                                     {"lr", "0.001"},
                                                     {"weight-decay", "0"},
                                                     {"batch", "12"},
                                                     {"schedule", "constant"},
                                                     {"queue", "40"},
                                                     {"bn-splits", "2"},
                                                     {"views", "2"},
                                                     {"projector", "32,16"},
                                                     {"predictor", "8"},
                                                     {"epochs", std::to_string(epochs)}};
  const methods::MethodInfo& info = methods::find_method(method);
  std::map<std::string, std::string> changes;
  for (const auto& option : methods::effective_options(info, info.recipe("")))
    if (const auto at = values.find(option.name); at != values.end()) changes.insert(*at);
  return methods::resolve_recipe(info, "", changes);
}

struct Outcome {
  std::vector<EpochReport> reports;
  Trained trained;
};

Outcome run(const std::string& name, const methods::Recipe& recipe, SessionOptions options = {}) {
  const methods::MethodInfo& info = methods::find_method(name);
  options.encoder.arch = "resnet20";
  options.seed = 3;
  Outcome result;
  options.on_epoch = [&](const EpochReport& report) { result.reports.push_back(report); };
  result.trained = train_encoder(info, recipe, set_for(info), options);
  return result;
}

/// Whether two encoders are the same bit for bit, statistics included.
bool same(const Outcome& a, const Outcome& b) {
  const nn::State left = nn::state_of(*a.trained.encoder);
  const nn::State right = nn::state_of(*b.trained.encoder);
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!left[i].second.equal(right.at(i).second)) return false;
  return left.size() == right.size();
}

TEST(Trainer, LowersTheLossOfEveryMethod) {
  for (const auto& info : methods::methods()) {
    const auto reports = run(info.name, small(info.name, 5)).reports;
    ASSERT_EQ(reports.size(), 5U) << info.name;
    // The keys of moco's queue are random at first, and easier to tell apart than images.
    if (info.name == "moco") continue;
    EXPECT_LT(reports.back().loss, reports.front().loss) << info.name;
  }
}

TEST(Trainer, ReportsEpochsRatesAndImages) {
  methods::Recipe recipe = small("simclr", 2);
  recipe.schedule = methods::Schedule::kCosine;
  const auto reports = run("simclr", recipe).reports;
  EXPECT_EQ(reports[1].epoch, 1);
  EXPECT_DOUBLE_EQ(reports[0].lr, 1e-3);
  EXPECT_DOUBLE_EQ(reports[1].lr, 0.5e-3);
  EXPECT_NEAR(reports[0].images_per_second * reports[0].seconds, 2.0 * kRecords, 1e-6);
  EXPECT_GT(reports[0].spread, 1e-3);
  const double parts = reports[0].loading_seconds + reports[0].forward_seconds +
                       reports[0].backward_seconds + reports[0].optimizer_seconds;
  EXPECT_GT(parts, 0);
  EXPECT_LE(parts, reports[0].seconds);
}

TEST(Trainer, RepeatsItselfBitForBit) {
  EXPECT_TRUE(
      same(run("cont-steal", small("cont-steal", 2)), run("cont-steal", small("cont-steal", 2))));
}

TEST(Trainer, TrainsInBf16CloseToF32) {
  SessionOptions half;
  half.precision = nn::Precision::kBf16;
  const double in_half = run("mse", small("mse", 3), half).reports.back().loss;
  const double full = run("mse", small("mse", 3)).reports.back().loss;
  EXPECT_NEAR(in_half, full, 0.3 * full);
}

TEST(Trainer, NamesTheRecordsOfALossThatIsNotFinite) {
  methods::Recipe recipe = small("mse", 5);
  recipe.optimizer = methods::OptimizerKind::kSgd;
  recipe.lr = 1e18;
  try {
    run("mse", recipe);
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("in epoch 0, step 1, of the records 1"), std::string::npos) << text;
    EXPECT_NE(text.find("and 4 more"), std::string::npos) << text;
  }
}

TEST(Trainer, SeesWhenAllEmbeddingsBecomeTheSame) {
  methods::Recipe recipe = small("mse", 1);
  const methods::MethodInfo info = methods::find_method("mse");
  SessionOptions options;
  options.encoder.arch = "resnet20";
  std::vector<EpochReport> reports;
  options.on_epoch = [&](const EpochReport& report) { reports.push_back(report); };
  data::TrainingSet set = make_set(false);
  train_encoder(info, recipe, set, options);
  EXPECT_FALSE(reports.back().collapsed());
  set.images = set.images.narrow(0, 0, 1).expand_as(set.images).contiguous();  // all one image
  train_encoder(info, recipe, set, options);
  EXPECT_TRUE(reports.back().collapsed()) << reports.back().spread;
}

TEST(Trainer, StopsOnRequest) {
  request_stop(SIGTERM);
  EXPECT_THROW(run("mse", small("mse", 1)), Stopped);
  request_stop(0);
}

/// What happens in a step of a method made by with_event().
enum class Event {
  kNone,
  kTerminate,  ///< SIGTERM arrives
  kHangUp,     ///< SIGHUP arrives
  kDie,        ///< the step does not come to its end
};

/// The row with a method in whose N-th backward pass from here an event happens.
methods::MethodInfo with_event(const methods::MethodInfo& row, Event event, int step) {
  methods::MethodInfo info = row;
  const auto left = std::make_shared<int>(step);
  info.make = [make = row.make, event, left](const nn::Encoder& encoder,
                                             const methods::MethodSetup& setup) {
    auto method = make(encoder, setup);
    for (const at::Tensor& parameter : method->encoder()->parameters()) {
      if (!parameter.requires_grad()) continue;
      parameter.register_hook([event, left](const at::Tensor& gradient) {
        if (--*left == 0) {
          if (event == Event::kDie) throw std::runtime_error("died");
          request_stop(event == Event::kHangUp ? SIGHUP : SIGTERM);
        }
        return gradient;
      });
      break;
    }
    return method;
  };
  return info;
}

constexpr std::int64_t kSteps = 3;  ///< of an epoch, in batches of 8

/// A run that keeps its checkpoint in a folder of its own, saved at every step.
class KeptRun {
 public:
  KeptRun(const std::string& method, const methods::Recipe& recipe,
          nn::Precision precision = nn::Precision::kF32)
      : info_(methods::find_method(method)), recipe_(recipe), precision_(precision) {
    recipe_.batch = kRecords / kSteps;
  }

  /// Starts or goes on; true if it came to its end.
  bool go(Event what = Event::kNone, int step = 0) {
    Checkpoint checkpoint(folder_ / "checkpoint", {{"method", info_.name}}, 0);
    EpochLog log(folder_ / "log");
    SessionOptions options;
    options.encoder.arch = "resnet20";
    options.seed = 3;
    options.precision = precision_;
    options.checkpoint = &checkpoint;
    options.log = &log;
    bool complete = false;
    try {
      trained_ = train_encoder(with_event(info_, what, step), recipe_, set_for(info_), options);
      complete = true;
    } catch (const Incomplete& incomplete) {
      message_ = incomplete.what();
    } catch (const Stopped& stopped) {
      message_ = "signal " + std::to_string(stopped.signal);
    } catch (const std::runtime_error& error) {
      message_ = error.what();
    }
    request_stop(0);
    return complete;
  }

  const std::string& message() const { return message_; }
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint"; }

  /// The tensors of the last checkpoint, and of the encoder and head: all that the run left.
  std::map<std::string, std::string> left() const {
    std::map<std::string, std::string> all;
    const formats::WeightsFile file = formats::read_weights(checkpoint());
    for (const auto& tensor : file.file.tensors) all[tensor.name] = std::string(tensor.bytes);
    nn::State state = nn::state_of(*trained_.encoder);
    if (trained_.head) state.emplace_back("head", trained_.head->weight);
    for (const auto& [name, tensor] : state)
      all["trained." + name] = nn::to_safetensors({{"x", tensor}}, {});
    return all;
  }

  /// The lines of the log without what depends on time.
  std::string log() const {
    std::string lines;
    std::ifstream in(folder_ / "log");
    for (std::string line; std::getline(in, line);) {
      const Json json = parse_json("log", line);
      for (const char* field : {"epoch", "loss", "lr", "spread"})
        lines += to_line(json.at(field)) + " ";
      lines += "\n";
    }
    return lines;
  }

 private:
  const methods::MethodInfo& info_;
  methods::Recipe recipe_;
  nn::Precision precision_;
  test::TempDir folder_;
  Trained trained_;
  std::string message_;
};

void expect_same(const KeptRun& run, const KeptRun& whole, const std::string& what) {
  EXPECT_EQ(run.log(), whole.log()) << what;
  const auto left = run.left();
  const auto right = whole.left();
  ASSERT_EQ(left.size(), right.size()) << what;
  for (const auto& [name, bytes] : left)
    EXPECT_TRUE(bytes == right.at(name)) << what << ": " << name << " differs";
}

TEST(Trainer, GoesOnAfterAnyStepOfEveryMethodAsIfItHadNeverStopped) {
  Random random(11, Purpose::kOrder, 0);
  for (const auto& info : methods::methods()) {
    methods::Recipe recipe = small(info.name, 2);
    recipe.schedule = methods::Schedule::kCosine;
    recipe.warmup = 1;
    KeptRun whole(info.name, recipe);
    ASSERT_TRUE(whole.go()) << whole.message();
    const int step = 1 + static_cast<int>(random.below(2 * kSteps));
    const Event what = random.below(2) == 0 ? Event::kTerminate : Event::kDie;
    const std::string where = info.name + " at step " + std::to_string(step);
    KeptRun run(info.name, recipe);
    EXPECT_FALSE(run.go(what, step)) << where;
    EXPECT_TRUE(run.go()) << where << run.message();
    expect_same(run, whole, where);
  }
}

TEST(Trainer, GoesOnAfterEachStepOnceAndTwice) {
  const methods::Recipe recipe = small("moco", 2);
  KeptRun whole("moco", recipe);
  ASSERT_TRUE(whole.go());
  for (const Event what : {Event::kTerminate, Event::kDie}) {
    for (int step = 1; step <= 2 * kSteps; ++step) {
      const std::string where = "step " + std::to_string(step);
      KeptRun run("moco", recipe);
      EXPECT_FALSE(run.go(what, step));
      // Of what is left, once more: at its first step, and at its last.
      const int left = what == Event::kDie ? 2 * kSteps - step + 1 : 2 * kSteps - step;
      EXPECT_EQ(run.go(Event::kDie, 1), left == 0) << where;
      EXPECT_EQ(run.go(Event::kTerminate, left), left == 0) << where;
      EXPECT_TRUE(run.go()) << where << run.message();
      expect_same(run, whole, where);
    }
  }
}

TEST(Trainer, GoesOnWithEveryOptimizerInEveryPrecision) {
  for (const auto kind : {methods::OptimizerKind::kSgd, methods::OptimizerKind::kAdam,
                          methods::OptimizerKind::kAdamW, methods::OptimizerKind::kLars}) {
    for (const auto precision : {nn::Precision::kF32, nn::Precision::kBf16}) {
      const std::string where =
          methods::kOptimizers.print(kind) + " " + nn::kPrecisions.print(precision);
      methods::Recipe recipe = small("byol", 2);
      recipe.optimizer = kind;
      recipe.weight_decay = 1e-3;
      recipe.clip = 1;
      KeptRun whole("byol", recipe, precision);
      ASSERT_TRUE(whole.go());
      KeptRun run("byol", recipe, precision);
      EXPECT_FALSE(run.go(Event::kTerminate, 2));
      EXPECT_FALSE(run.go(Event::kDie, 3));
      EXPECT_TRUE(run.go()) << run.message();
      expect_same(run, whole, where);
    }
  }
}

TEST(Trainer, GoesOnWithFrozenLayersAndAnAdapter) {
  methods::Recipe recipe = small("mse", 2);
  recipe.freeze = "layer1";
  recipe.adapter = methods::Adapter::kLinear;
  recipe.keep_adapter = true;
  KeptRun whole("mse", recipe);
  ASSERT_TRUE(whole.go());
  KeptRun run("mse", recipe);
  EXPECT_FALSE(run.go(Event::kDie, 3));
  EXPECT_TRUE(run.go()) << run.message();
  expect_same(run, whole, "frozen");
}

TEST(Trainer, StartsAnewWhereItDiedBeforeTheFirstCheckpoint) {
  const methods::Recipe recipe = small("supervised", 1);
  KeptRun whole("supervised", recipe);
  ASSERT_TRUE(whole.go());
  KeptRun run("supervised", recipe);
  EXPECT_FALSE(run.go(Event::kDie, 1));
  EXPECT_FALSE(std::filesystem::exists(run.checkpoint()));
  EXPECT_TRUE(run.go());
  expect_same(run, whole, "died in its first step");
}

TEST(Trainer, SavesItsCheckpointOnASignalAndSaysWhatToDoOfSigterm) {
  KeptRun run("mse", small("mse", 2));
  EXPECT_FALSE(run.go(Event::kTerminate, 4));
  EXPECT_EQ(run.message(), "training: stopped in epoch 1, step 1; " + run.checkpoint().string() +
                               " is complete, the same command goes on from it");
  EXPECT_FALSE(run.go(Event::kHangUp, 1));
  EXPECT_EQ(run.message(), "signal 1");
  EXPECT_FALSE(run.go(Event::kTerminate, 1));
  EXPECT_EQ(run.message(), "training: stopped in epoch 1, step 3; " + run.checkpoint().string() +
                               " is complete, the same command goes on from it");
}

TEST(Trainer, TellsTheEpochsBeforeAgain) {
  KeptRun run("mse", small("mse", 3));
  EXPECT_FALSE(run.go(Event::kTerminate, 2 * kSteps));
  EXPECT_TRUE(run.go());
  const std::string before = run.log();
  EXPECT_EQ(std::count(before.begin(), before.end(), '\n'), 3);
  EXPECT_TRUE(run.go());  // of a run that is over, all of them
  EXPECT_EQ(run.log(), before);
}

TEST(Trainer, RefusesACheckpointBeyondTheRun) {
  const methods::Recipe recipe = small("mse", 2);
  KeptRun run("mse", recipe);
  EXPECT_FALSE(run.go(Event::kTerminate, 4));
  const formats::WeightsFile file = formats::read_weights(run.checkpoint());
  nn::State state;
  for (const auto& tensor : file.file.tensors) {
    const auto type = tensor.dtype == "F32" ? at::kFloat : at::kLong;
    state.emplace_back(tensor.name, at::zeros(tensor.shape, type));
  }
  for (const std::int64_t step : {-1, 4}) {
    Json about = file.about;
    about["position"]["step"] = step;
    nn::save_weights(run.checkpoint(), state, about, Overwrite::kAllow);
    EXPECT_FALSE(run.go());
    EXPECT_EQ(run.message(), run.checkpoint().string() +
                                 ": states a step that the run does not have; start over with "
                                 "`restart`");
  }
}

TEST(Trainer, KeepsTheLogOfARunWhoseCheckpointItRefuses) {
  KeptRun run("mse", small("mse", 2));
  EXPECT_FALSE(run.go(Event::kTerminate, 4));
  const std::string log = run.log();
  EXPECT_FALSE(log.empty());
  const std::string bytes = read_file(run.checkpoint());
  write_file(run.checkpoint(), bytes.substr(1), Overwrite::kAllow);
  EXPECT_FALSE(run.go());
  EXPECT_EQ(run.log(), log);
}

TEST(Trainer, KeepsTheLastCheckpointThatWasFinite) {
  methods::Recipe recipe = small("mse", 5);
  recipe.optimizer = methods::OptimizerKind::kSgd;
  recipe.lr = 1e18;
  KeptRun run("mse", recipe);
  EXPECT_FALSE(run.go());
  EXPECT_NE(run.message().find("not finite"), std::string::npos) << run.message();
  if (!std::filesystem::exists(run.checkpoint())) return;  // the first step went too far already
  EXPECT_FALSE(run.go()) << "it can be read, and fails as before";
  EXPECT_NE(run.message().find("not finite"), std::string::npos) << run.message();
}

TEST(Trainer, RefusesToKeepStatisticsThatAreNotFinite) {
  // The variance overflows, by which batch norm divides: losses and weights stay finite.
  SessionOptions options;
  options.encoder.input.std = {1e-30F, 1e-30F, 1e-30F};
  const std::string message =
      test::thrown<Error>([&] { run("supervised", small("supervised", 1), options); });
  EXPECT_EQ(message,
            "training: left values in method.encoder.bn1.running_var "
            "that are not finite; try a "
            "lower `lr`, `clip-norm`, or `precision` f32");
}

TEST(Trainer, LeavesFrozenLayersAsTheyAre) {
  methods::Recipe recipe = small("supervised", 2);
  const Outcome untrained = run("supervised", small("supervised", 0));
  recipe.freeze = "layer2";
  const nn::State before = nn::state_of(*untrained.trained.encoder);
  const Outcome trained = run("supervised", recipe);
  const nn::State after = nn::state_of(*trained.trained.encoder);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool frozen =
        before[i].first.rfind("layer3", 0) != 0 && before[i].first.rfind("layer4", 0) != 0;
    EXPECT_EQ(before[i].second.equal(after[i].second), frozen) << before[i].first;
  }
  recipe.freeze = "encoder";  // leaves the classifier
  EXPECT_TRUE(same(untrained, run("supervised", recipe)));
  methods::Recipe nothing = small("mse", 1);
  nothing.freeze = "encoder";
  EXPECT_THROW(run("mse", nothing), UsageError);
}

TEST(Trainer, StartsFromAnotherEncoder) {
  const Outcome first = run("supervised", small("supervised", 1));
  SessionOptions options;
  options.init = first.trained.encoder;
  EXPECT_TRUE(same(first, run("simclr", small("simclr", 0), options)));
  EXPECT_FALSE(same(first, run("simclr", small("simclr", 1), options)));
}

}  // namespace
}  // namespace cs::train
