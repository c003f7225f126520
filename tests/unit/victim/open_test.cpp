#include "victim/open.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/safetensors.hpp"
#include "store/writer.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"
#include "support/victims.hpp"

namespace cs::victim {
namespace {

using namespace std::string_literals;

using test::options_for;
using test::thrown;
using test::trusting;

/// Why a file of these bytes is no victim.
std::string refused(const std::string& bytes) {
  const test::TempDir dir;
  write_file(dir / "v", bytes, Overwrite::kRefuse);
  const std::string message =
      thrown<DataError>([&] { open_victim((dir / "v").string(), trusting(4)); });
  return message.substr(message.find("/v: ") + 4);
}

bool begins(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

/// The list of members of a zip, which is all that is looked at.
std::string zip_of(const std::string& name) {
  return "PK\3\4PK\1\2"s + std::string(24, '\0') + static_cast<char>(name.size()) +
         std::string(17, '\0') + name;
}

TEST(OpenVictim, TellsEveryKindByItsContent) {
  const test::TempDir dir;
  EXPECT_EQ(open_victim("pixels", options_for(4))->info().victim.kind, "pixels");
  EXPECT_EQ(open_victim(test::encoder(dir, "v", 1), options_for(4))->info().victim.kind, "encoder");
  EXPECT_EQ(open_victim(test::script(dir, "v.safetensors", "x"), trusting(4))->info().victim.kind,
            "torchscript");
  EXPECT_THROW(open_victim((dir / "none").string(), options_for(4)), Error);
}

TEST(OpenVictim, RunsNoCodeUnlessItIsAllowed) {
  const test::TempDir dir;
  const std::string path = test::script(dir, "v.pt", "x");
  EXPECT_NE(thrown<UsageError>([&] {
              open_victim(path, options_for(4));
            }).find("is TorchScript, which is code; pass `allow-code`"),
            std::string::npos);
}

TEST(OpenVictim, NamesFilesOfOtherKindsWithTheWayOut) {
  const std::string out = "export TorchScript from Python";
  for (const auto& [bytes, what] : std::vector<std::pair<std::string, std::string>>{
           {"\x89HDF\r\n\x1a\n"s, "is an HDF5 file, "},
           {"\x80\x04}\x94."s, "is a Python pickle, "},
           {formats::to_safetensors({}, {{"format", "pt"}}),
            "holds weights of no residual network that is known here; load them into "}}) {
    const std::string message = refused(bytes);
    EXPECT_TRUE(begins(message, what)) << message;
    EXPECT_NE(message.find(out), std::string::npos) << message;
    EXPECT_EQ(message.find("if you trust it"), std::string::npos) << message;
  }
  EXPECT_TRUE(begins(refused(zip_of("archive/data.pkl")), "not a whole archive"));
  EXPECT_TRUE(begins(refused("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s),
                     "is a pickle that is cut short"));
  EXPECT_TRUE(begins(refused("\x1f\x8b\x08"s), "is compressed with gzip, not an encoder; unpack"));
  EXPECT_TRUE(begins(refused(zip_of("photo.jpg")), "is a zip archive, not an encoder; unpack"));
  EXPECT_TRUE(begins(refused("PAR1"), "is a Parquet table, not an encoder; give"));
  const std::string recorded = "if it holds answers of an encoder, pass `victim` recorded:FILE";
  EXPECT_EQ(refused("hello"), "is text, not an encoder; " + recorded);
  EXPECT_EQ(refused("\x93NUMPY\1"s), "is a NumPy array (.npy), not an encoder; " + recorded);
  EXPECT_TRUE(begins(refused("\xff\xd8\xff"), "is a JPEG image, not an encoder; give"));
  EXPECT_TRUE(begins(refused("<html>404"), "is a web page (HTML), so its download went wrong"));
  EXPECT_TRUE(begins(refused("\1\2\3"), "is of no known kind, not an encoder; give"));
}

TEST(OpenVictim, RefusesAFileThatOnlyLooksLikeTorchScript) {
  EXPECT_TRUE(begins(refused(zip_of("v/constants.pkl")), "is not TorchScript that this LibTorch"));
}

TEST(OpenVictim, OfThisProjectStatesItsOwnInput) {
  const test::TempDir dir;
  VictimOptions options = options_for(16);
  options.mean = {0, 0, 0};
  EXPECT_THROW(open_victim(test::encoder(dir, "e", 1), options), UsageError);
}

TEST(OpenVictim, OfImagesOfAnySizeNeedsToKnowItsOwn) {
  EXPECT_THROW(open_victim("pixels", options_for(0)), UsageError);
  VictimOptions options = options_for(0);
  options.input_size = 7;
  EXPECT_EQ(open_victim("pixels", options)->input_size(), 7);
}

TEST(OpenVictim, RecordedAnswersFollowTheirPrefix) {
  const test::TempDir dir;
  store::Header header;
  header.columns = {store::image_spec(1, 1)};
  store::Writer writer(dir / "i.lmdb", Overwrite::kRefuse, header);
  writer.append(store::Column::kImage, "rgb", 1);
  writer.close();
  const store::Dataset images({dir / "i.lmdb"});
  write_file(dir / "a.jsonl", "{\"embedding\": [1, 2]}\n", Overwrite::kRefuse);
  const std::string name = "recorded:" + (dir / "a.jsonl").string();
  EXPECT_EQ(recording_of(name), dir / "a.jsonl");
  EXPECT_EQ(recording_of("recorded"), std::nullopt);
  VictimOptions options;
  options.images = &images;
  EXPECT_EQ(open_victim(name, options)->ask({{}}).at(0).answer, (std::vector<float>{1, 2}));
}

TEST(OpenVictim, RecordedAnswersTakeNoOptionOfAnEncoder) {
  const auto refused_with = [](const std::function<void(VictimOptions&)>& set) {
    VictimOptions options;
    set(options);
    return thrown<UsageError>([&] { check("recorded:a", options); });
  };
  const std::string what = ": has no effect on recorded answers; leave it out";
  EXPECT_EQ(refused_with([](auto& o) { o.allow_code = AllowCode::kYes; }), "`allow-code`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.input_size = 4; }), "`input-size`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.mean = {0, 0, 0}; }), "`mean`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.std = {1, 1, 1}; }), "`std`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.arch = "resnet18"; }), "`arch`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.stem = nn::Stem{}; }), "`stem`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.prefix = ""; }), "`prefix`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.head = "h"; }), "`head`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.posterior = PosteriorForm::kLogits; }),
            "`posterior`" + what);
  EXPECT_EQ(refused_with([](auto& o) { o.precision = nn::Precision::kBf16; }),
            "`precision`" + what);
  VictimOptions named;
  named.name = "v";
  named.answer = AnswerKind::kPosterior;
  EXPECT_NO_THROW(check("recorded:a", named));
  EXPECT_THROW(check("pixels", named), UsageError);
  named.answer = AnswerKind::kEmbedding;
  EXPECT_EQ(thrown<UsageError>([&] { check("pixels", named); }),
            "`victim-name`: goes with recorded answers; leave it out, pixels is asked itself");
}

TEST(VictimOptions, AskForPosteriorsAndLabelsWithAHeadAndForNothingElse) {
  VictimOptions options;
  options.answer = AnswerKind::kPrediction;
  EXPECT_THROW(check(options), UsageError);
  options.head = "h";
  EXPECT_NO_THROW(check(options));
  options.posterior = PosteriorForm::kSoftmax;
  EXPECT_THROW(check(options), UsageError);
  options.answer = AnswerKind::kPosterior;
  EXPECT_NO_THROW(check(options));
  options = {};
  options.head = "h";
  EXPECT_THROW(check(options), UsageError);
}

}  // namespace
}  // namespace cs::victim
