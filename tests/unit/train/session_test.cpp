#include "train/session.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/stop.hpp"
#include "formats/weights_file.hpp"
#include "methods/list.hpp"
#include "nn/encoder_file.hpp"
#include "nn/init.hpp"
#include "nn/state.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::train {
namespace {

constexpr std::int64_t kSetRecords = 12;

data::TrainingSet make_set(std::int64_t answer_width = 8) {
  at::manual_seed(5);
  data::TrainingSet set;
  set.images = at::randint(0, 256, {kSetRecords, 16, 16, 3}, at::kByte);
  set.labels = at::arange(kSetRecords, at::kLong).remainder(2);
  set.answers = at::randn({kSetRecords, answer_width});
  set.images_were_answered = true;
  set.records = kSetRecords;
  set.classes = {"dark", "bright"};
  set.fingerprints = {digest("images"), digest("answers")};
  return set;
}

methods::Recipe small(const std::string& method) {
  methods::Recipe recipe = methods::find_method(method).recipe("");
  recipe.batch = 6;
  recipe.epochs = 1;
  return recipe;
}

SessionOptions options() {
  SessionOptions options;
  options.encoder.arch = "resnet10";
  return options;
}

/// Trains supervised into `files`; returns the message of an E, if one is thrown.
template <typename E>
std::string train(const SessionFiles& files, const Json& step, const std::string& method = "mse",
                  const SessionOptions& given = options()) {
  return test::thrown<E>([&] {
    train_and_save(methods::find_method(method), small(method), make_set(), given, files, step);
  });
}

const std::string kNothing = "nothing was thrown";

TEST(Session, LeavesTheOutputsAndNoCheckpoint) {
  const test::TempDir folder;
  SessionFiles files;
  files.output = folder / "out.safetensors";
  files.save_head = folder / "head.safetensors";
  files.log = folder / "log";
  files.checkpoint_minutes = 0;
  EXPECT_EQ(train<Error>(files, {{"tool", "test"}}, "supervised"), kNothing);
  EXPECT_EQ(folder.list().size(), 3U);
  const nn::EncoderFile encoder = nn::load_encoder(files.output);
  const formats::WeightsFile file = formats::read_weights(files.output);
  const Json& step = file.about.at("history").at(0);
  EXPECT_EQ(step.at("tool"), "test");
  EXPECT_EQ(step.at("precision"), "f32");
  EXPECT_EQ(step.at("inputs"), Json({digest("images").hex(), digest("answers").hex()}));
  EXPECT_EQ(formats::read_weights(files.save_head).about.at("encoder"), encoder.digest.hex());
}

TEST(Session, IsAnotherRunWithOtherInputsStepPrecisionOrStart) {
  const test::TempDir folder;
  SessionFiles files;
  files.output = folder / "out.safetensors";
  files.checkpoint_minutes = 0;
  request_stop(SIGTERM);
  const std::string stopped = train<Incomplete>(files, {{"tool", "test"}});
  EXPECT_EQ(stopped, "training: stopped in epoch 0, step 1; " + files.output.string() +
                         ".checkpoint is complete, the same command goes on from it");
  request_stop(0);
  const auto expect = [&](const std::string& text, const std::string& difference) {
    EXPECT_NE(text.find("belongs to another run: " + difference), std::string::npos) << text;
  };
  expect(train<DataError>(files, {{"tool", "other"}}), R"(tool is "test" there and "other" here)");
  SessionOptions half = options();
  half.precision = nn::Precision::kBf16;
  expect(train<DataError>(files, {{"tool", "test"}}, "mse", half),
         R"(precision is "f32" there and "bf16" here)");
  const std::string other_inputs = test::thrown<DataError>([&] {
    data::TrainingSet set = make_set();
    set.fingerprints = {digest("others")};
    train_and_save(methods::find_method("mse"), small("mse"), set, options(), files,
                   {{"tool", "test"}});
  });
  expect(other_inputs, "inputs is [");
  SessionFiles initialized = files;
  initialized.init = folder / "init.safetensors";
  nn::EncoderConfig config = options().encoder;
  config.input.size = 16;
  config.width = 8;
  nn::save_encoder(initialized.init, nn::make_encoder(config), {}, Overwrite::kRefuse);
  expect(train<DataError>(initialized, {{"tool", "test"}}), "init is not given there and ");
  EXPECT_EQ(train<Error>(files, {{"tool", "test"}}), kNothing) << "the same run goes on";
}

TEST(Session, StartsOverIfAskedButNotWhenItIsRefused) {
  const test::TempDir folder;
  SessionFiles files;
  files.output = folder / "out.safetensors";
  request_stop(SIGTERM);
  train<Incomplete>(files, {{"tool", "test"}});
  request_stop(0);
  files.restart = true;
  methods::Recipe frozen = small("mse");
  frozen.freeze = "encoder";
  EXPECT_EQ(test::thrown<UsageError>([&] {
              train_and_save(methods::find_method("mse"), frozen, make_set(), options(), files, {});
            }),
            "`freeze`: leaves this method nothing to train; freeze fewer layers");
  EXPECT_TRUE(std::filesystem::exists(folder / "out.safetensors.checkpoint"));
  EXPECT_EQ(train<Error>(files, {{"tool", "other"}}), kNothing);
  EXPECT_EQ(folder.list().size(), 1U);
}

TEST(Session, TakesWidthAndSizeFromAnswersImagesOrTheEncoderItStartsFrom) {
  const auto trained = [](const SessionOptions& given, const methods::Recipe& recipe) {
    return train_encoder(methods::find_method("mse"), recipe, make_set(), given).encoder->config();
  };
  EXPECT_EQ(trained(options(), small("mse")).width, 8);
  EXPECT_EQ(trained(options(), small("mse")).input.size, 16);
  SessionOptions sized = options();
  sized.size = 24;
  EXPECT_EQ(trained(sized, small("mse")).input.size, 24);
  methods::Recipe adapted = small("mse");
  adapted.adapter = methods::Adapter::kLinear;
  EXPECT_EQ(trained(options(), adapted).width, 256);
  adapted.keep_adapter = true;
  EXPECT_EQ(trained(options(), adapted).width, 8);
  SessionOptions initialized;
  nn::EncoderConfig config = options().encoder;
  config.input.size = 20;
  initialized.init = nn::make_encoder(config);
  nn::initialize(**initialized.init, 1);
  EXPECT_EQ(test::thrown<UsageError>([&] { trained(initialized, small("mse")); }),
            "mse: the surrogate's embeddings are 256 wide, the victim's 8; put a "
            "layer between "
            "them with `adapter` linear");
  const nn::EncoderConfig taken = trained(initialized, adapted);
  EXPECT_EQ(taken.arch, "resnet10");
  EXPECT_EQ(taken.input.size, 20);
  EXPECT_EQ(taken.width, 8);
}

TEST(Session, LeavesTheEncoderItStartsFromAsItIs) {
  SessionOptions given;
  nn::EncoderConfig config = options().encoder;
  config.input.size = 16;
  given.init = nn::make_encoder(config);
  nn::initialize(**given.init, 1);
  const at::Tensor before = nn::state_of(**given.init).front().second.clone();
  methods::Recipe recipe = small("supervised");
  recipe.freeze = "layer1";
  train_encoder(methods::find_method("supervised"), recipe, make_set(), given);
  EXPECT_TRUE(before.equal(nn::state_of(**given.init).front().second));
  EXPECT_TRUE((*given.init)->parameters().front().requires_grad());
}

TEST(Session, RefusesFilesThatAreOneAnother) {
  const test::TempDir folder;
  SessionFiles files;
  files.output = folder / "out";
  check_files(files, {folder / "images"});
  const auto refused = [&folder](const SessionFiles& given) {
    return test::thrown<UsageError>([&] { check_files(given, {folder / "images"}); });
  };
  const std::string different = "`output`, `log` and `save-head`: name different files";
  SessionFiles other = files;
  other.log = folder / "." / "out";
  EXPECT_EQ(refused(other), different);
  other.log = folder / "out.checkpoint";
  const std::string kept = other.log.string() + ": is where the checkpoint is kept; ";
  EXPECT_EQ(refused(other), kept + "name another file");
  std::swap(other.log, other.save_head);
  EXPECT_EQ(refused(other), kept + "name another file");
  other.save_head = other.log = folder / "log";
  EXPECT_EQ(refused(other), different);
  write_file(folder / "images", "", Overwrite::kRefuse);
  other = files;
  other.log = folder / "images";
  EXPECT_EQ(refused(other), other.log.string() + ": is an input too; name another output");
  std::filesystem::create_hard_link(folder / "images", folder / "out.checkpoint");
  EXPECT_EQ(refused(files), (folder / "out.checkpoint").string() +
                                ": is an input, and where the checkpoint is kept; name another "
                                "output");
  std::filesystem::remove(folder / "out.checkpoint");
  write_file(folder / "out", "", Overwrite::kRefuse);
  EXPECT_EQ(refused(files), files.output.string() + ": exists already; pass `force` to replace it");
  files.overwrite = Overwrite::kAllow;
  check_files(files, {folder / "images"});
  EXPECT_EQ(folder.list().size(), 2U) << "nothing is made";
}

TEST(Describe, StatesWhatHadAnEffect) {
  methods::Recipe recipe = small("mse");
  recipe.batch = 100;
  const Json json = describe(methods::find_method("mse"), recipe, make_set());
  EXPECT_EQ(json.at("name"), "mse");
  EXPECT_FALSE(json.contains("recipe"));
  EXPECT_EQ(json.at("calls"), kSetRecords);
  EXPECT_EQ(json.at("images"), kSetRecords);
  EXPECT_EQ(json.at("batch"), kSetRecords);  // at most the set
  EXPECT_FALSE(json.contains("tau"));
  EXPECT_FALSE(json.contains("momentum"));
  EXPECT_EQ(json.at("adapter"), "none");
  data::TrainingSet twice = make_set();  // two views of each image were answered
  twice.answers_per_record = 2;
  twice.answers = at::randn({2 * kSetRecords, 8});
  const Json views = describe(methods::find_method("mse"), recipe, twice);
  EXPECT_EQ(views.at("calls"), 2 * kSetRecords);
  EXPECT_EQ(views.at("images"), kSetRecords);
  data::TrainingSet own = make_set();
  own.answers = at::Tensor();
  const Json simclr =
      describe(methods::find_method("simclr"), methods::find_method("simclr").recipe("solo"), own);
  EXPECT_EQ(simclr.at("recipe"), "solo");
  EXPECT_EQ(simclr.at("calls"), 0);
  EXPECT_EQ(simclr.at("projector"), Json({2048, 256}));
}

}  // namespace
}  // namespace cs::train
