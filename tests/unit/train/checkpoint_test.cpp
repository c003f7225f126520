#include "train/checkpoint.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/weights_file.hpp"
#include "nn/encoder.hpp"
#include "nn/encoder_file.hpp"
#include "nn/init.hpp"
#include "nn/state.hpp"
#include "support/file_limit.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::train {
namespace {

const Json kRun = {{"tool", "cs-train"}, {"options", {{"lr", "0.1"}, {"seed", "3"}}}};
const std::string kNext = "; start over with `restart`, or remove it";

nn::State make_state(double value) {
  return {{"method.weight", at::full({40, 3}, value)},
          {"optimizer.steps", at::full({1}, static_cast<std::int64_t>(value), at::kLong)},
          {"losses", at::full({4}, value / 3)}};
}

Position make_position() {
  Position position;
  position.step = 5;
  position.current = {7, 0, 0.1, 0.25, 1.5};
  position.finished = {{5, 0.1 + 0.2, 1e-300}, {6, 2.5, 0.3, 1.0 / 3}};
  return position;
}

Checkpoint checkpoint_of(const test::TempDir& folder, const Json& run = kRun) {
  return {folder / "out.checkpoint", run, 10};
}

std::string refusal(const test::TempDir& folder, const Json& run = kRun) {
  const nn::State state = make_state(0);
  return test::thrown<DataError>([&] { checkpoint_of(folder, run).restore(state); });
}

std::string starting_with(const test::TempDir& folder, const std::string& what) {
  return (folder / "out.checkpoint").string() + ": " + what;
}

TEST(Checkpoint, GivesBackTensorsAndPositionBitForBit) {
  const test::TempDir folder;
  const nn::State saved = make_state(0.1);
  checkpoint_of(folder).save(saved, make_position());
  const nn::State state = make_state(0);
  const auto position = checkpoint_of(folder).restore(state);
  ASSERT_TRUE(position);
  for (std::size_t i = 0; i < state.size(); ++i)
    EXPECT_TRUE(state[i].second.equal(saved[i].second)) << state[i].first;
  EXPECT_EQ(position->step, 5);
  EXPECT_EQ(position->current.epoch, 7);
  EXPECT_EQ(position->current.spread, 0.25);
  EXPECT_EQ(position->current.seconds, 1.5);
  ASSERT_EQ(position->finished.size(), 2U);
  EXPECT_EQ(position->finished[0].loss, 0.1 + 0.2);
  EXPECT_EQ(position->finished[0].lr, 1e-300);
  EXPECT_EQ(position->finished[1].spread, 1.0 / 3);
}

TEST(Checkpoint, ThatIsNotThereIsNoneAndChangesNothing) {
  const test::TempDir folder;
  const nn::State state = make_state(2);
  EXPECT_FALSE(checkpoint_of(folder).restore(state));
  EXPECT_TRUE(state[0].second.equal(make_state(2)[0].second));
  EXPECT_TRUE(folder.list().empty());
}

TEST(Checkpoint, IsDueAtEveryStepOrWhenItsTimeHasPassed) {
  const test::TempDir folder;
  EXPECT_TRUE(Checkpoint(folder / "a", kRun, 0).due());
  EXPECT_FALSE(Checkpoint(folder / "a", kRun, 10).due());
  EXPECT_FALSE(Checkpoint(folder / "a", kRun, 1e6).due());
}

TEST(Checkpoint, IsReplacedAsAWhole) {
  const test::TempDir folder;
  Checkpoint checkpoint = checkpoint_of(folder);
  checkpoint.save(make_state(1), make_position());
  const std::string before = read_file(checkpoint.path());
  {
    const test::FileSizeLimit full(before.size() / 2);
    EXPECT_THROW(checkpoint.save(make_state(2), make_position()), Error);
  }
  EXPECT_EQ(read_file(checkpoint.path()), before);
  EXPECT_EQ(folder.list().size(), 1U);
  checkpoint.save(make_state(2), make_position());
  EXPECT_NE(read_file(checkpoint.path()), before);
}

TEST(Checkpoint, IsRemovedWithWhatDeadProcessesLeftOfIt) {
  const test::TempDir folder;
  Checkpoint checkpoint = checkpoint_of(folder);
  checkpoint.save(make_state(1), make_position());
  write_file(folder / "out.checkpoint.tmp.2147483647", "half", Overwrite::kAllow);
  checkpoint.remove();
  EXPECT_TRUE(folder.list().empty());
  checkpoint.remove();  // again: nothing is there
}

TEST(Checkpoint, ThatIsToBeRemovedIsNotBeforeTheRunStarts) {
  const test::TempDir folder;
  checkpoint_of(folder).save(make_state(1), make_position());
  const Checkpoint checkpoint(folder / "out.checkpoint", {{"another", "run"}}, 10,
                              Existing::kRemove);
  EXPECT_EQ(folder.list().size(), 1U);
  const nn::State state = make_state(2);
  EXPECT_FALSE(checkpoint.restore(state));
  EXPECT_TRUE(folder.list().empty());
  EXPECT_TRUE(state[0].second.equal(make_state(2)[0].second));
}

TEST(Checkpoint, OfAnotherRunIsRefusedWithTheFirstDifference) {
  const test::TempDir folder;
  checkpoint_of(folder).save(make_state(1), make_position());
  const auto expect = [&](const Json& run, const std::string& difference) {
    EXPECT_EQ(refusal(folder, run),
              starting_with(folder, "belongs to another run: " + difference + kNext));
  };
  Json run = kRun;
  run["options"]["seed"] = "4";
  expect(run, R"(seed is "3" there and "4" here)");
  run = kRun;
  run["options"].erase("lr");
  expect(run, R"(lr is "0.1" there and not given here)");
  run = kRun;
  run["options"]["tau"] = "1";
  expect(run, R"(tau is not given there and "1" here)");
  run = kRun;
  run["inputs"] = {"abc"};
  expect(run, R"(inputs is not given there and ["abc"] here)");
  expect("text",
         R"(the command is {"tool":"cs-train","options":{"lr":"0.1","seed":"3"}} there and )"
         R"("text" here)");
}

TEST(Checkpoint, DamagedAnywhereIsRefused) {
  const test::TempDir folder;
  const auto path = folder / "out.checkpoint";
  nn::State state = make_state(0.1);
  state[0].second = at::randn({8, 500});
  checkpoint_of(folder).save(state, make_position());
  const std::string whole = read_file(path);
  ASSERT_GT(whole.size(), 15000U);
  const auto expect_refused = [&](const std::string& bytes, std::size_t at) {
    write_file(path, bytes, Overwrite::kAllow);
    const std::string text = test::thrown<DataError>([&] { checkpoint_of(folder).restore(state); });
    EXPECT_EQ(text.rfind(path.string() + ": ", 0), 0U) << at << ": " << text;
    EXPECT_EQ(text.find(kNext), text.size() - kNext.size()) << at << ": " << text;
    EXPECT_EQ(text.find("make it again"), std::string::npos) << at << ": " << text;
  };
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < 64; ++at) places.push_back(at);  // the header's length, its start
  for (std::size_t at = 64; at < whole.size(); at += 1000) places.push_back(at);
  for (const std::size_t at : places) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 16);
    expect_refused(damaged, at);
    expect_refused(whole.substr(0, at), at);
  }
  expect_refused(whole.substr(0, whole.size() - 1), whole.size() - 1);
  expect_refused(whole + "x", whole.size());
  write_file(path, whole, Overwrite::kAllow);
  EXPECT_TRUE(checkpoint_of(folder).restore(state));
}

TEST(Checkpoint, OfAnotherKindIsRefused) {
  const test::TempDir folder;
  const auto path = folder / "out.checkpoint";
  nn::EncoderConfig config;
  config.arch = "resnet20";
  const nn::Encoder encoder = nn::make_encoder(config);
  nn::save_encoder(path, encoder, {}, Overwrite::kAllow);
  const std::string no_checkpoint =
      starting_with(folder, "is no checkpoint of this version" + kNext);
  EXPECT_EQ(refusal(folder), no_checkpoint);
  for (const Json& about :
       {Json("text"), Json(3), Json::array(), Json{{"run", kRun}}, Json{{"format", 1}},
        Json{{"format", 2}, {"run", kRun}}, Json{{"format", 1}, {"run", kRun}},
        Json{{"format", 1}, {"run", kRun}, {"position", "here"}},
        Json{{"format", 1}, {"run", kRun}, {"position", {{"step", "one"}}}}}) {
    nn::save_weights(path, make_state(1), about, Overwrite::kAllow);
    EXPECT_EQ(refusal(folder), no_checkpoint) << about;
  }
}

TEST(Checkpoint, WithOtherTensorsIsRefused) {
  const test::TempDir folder;
  const auto expect = [&](const nn::State& saved, const std::string& what) {
    checkpoint_of(folder).save(saved, make_position());
    EXPECT_EQ(refusal(folder), starting_with(folder, what + kNext));
  };
  nn::State fewer = make_state(1);
  fewer.erase(fewer.begin() + 1);
  expect(fewer, "tensor 'optimizer.steps' is missing");
  nn::State more = make_state(1);
  more.emplace_back("more", at::zeros({1}));
  expect(more, "tensor 'more' is not expected");
  nn::State other = make_state(1);
  other[2].second = at::zeros({5});
  expect(other, "tensor 'losses' has the shape 5 instead of 4");
  other[2].second = at::zeros({4}, at::kLong);
  expect(other, "tensor 'losses' has the type I64 instead of F32");
  other[2].second = at::full({4}, std::numeric_limits<float>::infinity());
  expect(other, "tensor 'losses' holds values that are not finite");
}

TEST(Checkpoint, CannotBeSavedWhereThereIsNoFolderOrAFolderOfItsName) {
  const test::TempDir folder;
  Checkpoint nowhere(folder / "missing/out.checkpoint", kRun, 10);
  EXPECT_EQ(test::thrown<Error>([&] { nowhere.save(make_state(1), {}); }),
            nowhere.path().string() + ": its folder does not exist; make it first");
  std::filesystem::create_directory(folder / "out.checkpoint");
  EXPECT_EQ(test::thrown<Error>([&] { checkpoint_of(folder).save(make_state(1), {}); }),
            starting_with(folder, "is a folder; name a file"));
  const nn::State state = make_state(1);
  EXPECT_THROW(checkpoint_of(folder).restore(state), Error);
}

}  // namespace
}  // namespace cs::train
