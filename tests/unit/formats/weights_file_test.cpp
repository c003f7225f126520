#include "formats/weights_file.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/encoder_about.hpp"
#include "formats/head_about.hpp"
#include "formats/weights_summary.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

/// The bytes of a file with one tensor.
std::string weights(const Metadata& metadata) {
  const std::string numbers(8, '\0');
  std::string file = to_safetensors({{"fc.weight", "F32", {1, 2}, numbers}}, metadata);
  state_digest(file);
  return file;
}

WeightsFile read(const test::TempDir& dir, const std::string& bytes) {
  write_file(dir / "f", bytes, Overwrite::kAllow);
  return read_weights(dir / "f");
}

/// An object of the kind that its only member tells.
Json having(const char* member) { return {{member, 1}}; }

TEST(WeightsFile, IsWhatItsMetadataSayWhateverItsTensors) {
  const test::TempDir dir;
  const auto kind_of = [&](const Json& about) {
    return read(dir, weights(metadata_for(about))).kind;
  };
  for (const char* member : {"arch", "stem", "embedding", "input"})
    EXPECT_EQ(kind_of(having(member)), WeightsKind::kEncoder) << member;
  EXPECT_EQ(kind_of(having("classes")), WeightsKind::kHead);
  EXPECT_EQ(kind_of(having("run")), WeightsKind::kCheckpoint);
  EXPECT_EQ(kind_of(having("position")), WeightsKind::kCheckpoint);
  EXPECT_EQ(kind_of(having("history")), WeightsKind::kForeign);
  EXPECT_EQ(kind_of(Json::array()), WeightsKind::kForeign);
  EXPECT_EQ(read(dir, weights({{"format", "pt"}})).kind, WeightsKind::kForeign);
}

TEST(WeightsFile, OfAnotherKindIsRefusedByName) {
  const test::TempDir dir;
  const WeightsFile head = read(dir, weights(metadata_for(having("classes"))));
  EXPECT_NO_THROW(head.require(WeightsKind::kHead));
  EXPECT_EQ(test::thrown<DataError>([&] { head.require(WeightsKind::kEncoder); }),
            head.subject + ": is a head; this takes an encoder");
}

TEST(WeightsFile, StatesADigestThatEveryChangedByteBreaks) {
  const test::TempDir dir;
  const std::string good = weights(metadata_for(having("arch")));
  EXPECT_NO_THROW(read(dir, good).verify());
  const std::size_t data = good.size() - 8;
  for (std::size_t at = data; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_THROW(read(dir, bad).verify(), DataError) << at;
  }
  EXPECT_THROW(read(dir, weights({{"format", "pt"}})).verify(), DataError);
}

TEST(WeightsSummary, DescribesAnEncoderInWords) {
  const test::TempDir dir;
  EncoderAbout about;
  about.config.arch = "resnet10";
  about.config.stem = {7, 2, 3, true};
  about.config.width = 24;
  about.config.linear = true;
  about.config.input = {16, {0.25, 0.5, 0.125}, {1, 1, 1}};
  about.method = {{"name", "mse"}};
  about.history = Json::array({{{"tool", "a"}}, {{"tool", "b"}}});
  const WeightsFile file = read(dir, weights(metadata_for(to_json(about))));
  EXPECT_EQ(summary(file), "kind: encoder\ndigest: " + file.digest.hex() +
                               "\narchitecture: resnet10\n"
                               "stem: 7x7, stride 2, padding 3, max pooling\n"
                               "embedding: 24 wide, from a linear layer\n"
                               "input: 16x16, mean 0.25 0.5 0.125, std 1 1 1\n"
                               "method: {\"name\":\"mse\"}\n"
                               "history: {\"tool\":\"a\"}\nhistory: {\"tool\":\"b\"}\n"
                               "tensor: fc.weight F32 1 2\n");
}

TEST(WeightsSummary, DescribesAHeadACheckpointAndForeignWeights) {
  const test::TempDir dir;
  const auto lines = [&](const Metadata& metadata) {
    const WeightsFile file = read(dir, weights(metadata));
    const std::string text = summary(file);
    const std::string tensor = "tensor: fc.weight F32 1 2\n";
    const std::string digest = "digest: " + file.digest.hex() + "\n";
    const std::size_t at = text.find(digest);
    EXPECT_EQ(text.substr(text.size() - tensor.size()), tensor);
    return text.substr(0, at) +
           text.substr(at + digest.size(), text.size() - at - digest.size() - tensor.size());
  };
  EXPECT_EQ(lines(metadata_for(to_json(HeadAbout{{"cat", "two\nlines"}, "abc", {}}))),
            "kind: head\nclasses: 2\nclass: cat\nclass: two\\x0Alines\nencoder: abc\n");
  EXPECT_EQ(lines(metadata_for({{"format", 1}, {"run", {{"lr", 2}}}})),
            "kind: checkpoint\nformat: 1\nrun: {\"lr\":2}\n");
  EXPECT_EQ(lines({{"format", "pt"}}), "kind: foreign weights\nformat: pt\n");
}

}  // namespace
}  // namespace cs::formats
