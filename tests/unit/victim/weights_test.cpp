#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/safetensors.hpp"
#include "support/thrown.hpp"
#include "support/victims.hpp"

namespace cs::victim {
namespace {

/// The weights of the encoder file `from`, and what it says of itself left out.
std::string bare(const test::TempDir& dir, const std::string& from) {
  const std::string bytes = read_file(from);
  formats::Safetensors file = formats::parse_safetensors(from, bytes);
  const std::string nothing;
  file.tensors.push_back({"queue", "F32", {0}, nothing});
  const std::string path = (dir / "bare").string();
  write_file(path, formats::to_safetensors(file.tensors, {}), Overwrite::kRefuse);
  return path;
}

/// What test::encoder() is.
VictimOptions told() {
  VictimOptions options = test::options_for(16);
  options.arch = "resnet10";
  options.stem = nn::kStems.parse("imagenet");
  options.mean = {0, 0, 0};
  options.std = {1, 1, 1};
  return options;
}

TEST(WeightsVictim, AnswersAsTheEncoderThatWasSaved) {
  const test::TempDir dir;
  const std::string encoder = test::encoder(dir, "e", 3);
  const auto own = open_victim(encoder, test::options_for(16));
  const auto weights = open_victim(bare(dir, encoder), told());
  EXPECT_EQ(weights->info().victim.kind, "weights");
  EXPECT_EQ(weights->info().victim.arch, "resnet10");
  const at::Tensor pixels = at::randint(256, {5, 16, 16, 3}, at::kByte);
  EXPECT_TRUE(at::equal(test::answers_to(*own, pixels), test::answers_to(*weights, pixels)));
}

TEST(WeightsVictim, IsAnotherVictimWithEveryOtherInput) {
  const test::TempDir dir;
  const std::string path = bare(dir, test::encoder(dir, "e", 3));
  std::set<std::string> ids;
  const auto note = [&](const VictimOptions& options) {
    ids.insert(open_victim(path, options)->info().victim.id);
  };
  note(told());
  VictimOptions options = told();
  options.mean = {0.5, 0, 0};
  note(options);
  options = told();
  options.input_size = 32;
  note(options);
  options = told();
  options.stem->padding = 2;
  note(options);
  EXPECT_EQ(ids.size(), 4U);
}

TEST(WeightsVictim, IsToldWhatTheFileDoesNotSay) {
  const test::TempDir dir;
  const std::string path = bare(dir, test::encoder(dir, "e", 3));
  VictimOptions options = told();
  options.arch.reset();
  EXPECT_NE(test::thrown<UsageError>([&] {
              open_victim(path, options);
            }).find("they fit `arch` resnet10 with `stem` imagenet"),
            std::string::npos);
  options = told();
  options.std.reset();
  EXPECT_NE(test::thrown<UsageError>([&] { open_victim(path, options); }).find("`mean` and `std`"),
            std::string::npos);
}

TEST(WeightsVictim, SaysWhatItDoesNotUse) {
  const test::TempDir dir;
  std::string remark;
  VictimOptions options = told();
  options.remark = [&](const std::string& what) { remark = what; };
  open_victim(bare(dir, test::encoder(dir, "e", 3)), options);
  EXPECT_NE(remark.find("1 of its "), std::string::npos) << remark;
  EXPECT_NE(remark.find("queue"), std::string::npos) << remark;
}

}  // namespace
}  // namespace cs::victim
