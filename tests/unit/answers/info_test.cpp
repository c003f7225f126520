#include "answers/info.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/answers.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;

class Info : public testing::Test {
 protected:
  Info() { test::write_images(dir_ / "images.lmdb", 6); }

  Dataset images() const { return Dataset({dir_ / "images.lmdb"}); }
  Dataset answers(AnswerKind kind, const Json& about) const {
    return test::write_answers(dir_ / "answers.lmdb", images(), kind, std::vector<float>(12),
                               about);
  }
  AnswerInfo read(AnswerKind kind, const Json& about) const {
    return info_of(answers(kind, about));
  }

  test::TempDir dir_;
  const Json whole_ = {{"victim",
                        {{"id", "someone"},
                         {"file", "0123"},
                         {"kind", "encoder"},
                         {"arch", "resnet10"},
                         {"method", {{"name", "simclr"}, {"calls", 0}}},
                         {"head", "4567"}}},
                       {"classes", {"x", "y"}},
                       {"posterior", "softmax"}};
};

TEST_F(Info, IsReadFromTheHeader) {
  const AnswerInfo info = read(AnswerKind::kPosterior, whole_);
  EXPECT_EQ(info.kind, AnswerKind::kPosterior);
  EXPECT_EQ(info.of, images().header().fingerprint);
  EXPECT_EQ(info.victim.id, "someone");
  EXPECT_EQ(info.victim.file, "0123");
  EXPECT_EQ(info.victim.kind, "encoder");
  EXPECT_EQ(info.victim.arch, "resnet10");
  EXPECT_EQ(info.victim.method.at("name"), "simclr");
  EXPECT_EQ(info.victim.head, "4567");
  EXPECT_EQ(info.classes, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(info.posterior, PosteriorForm::kSoftmax);
}

TEST_F(Info, IsWrittenAsItWasRead) {
  store::Header header;
  state(read(AnswerKind::kPosterior, whole_), header);
  EXPECT_EQ(header.about, to_line(whole_));
  EXPECT_EQ(header.victim, "someone");
  EXPECT_EQ(header.of, images().header().fingerprint);
}

TEST_F(Info, KeepsMembersThatItDoesNotKnow) {
  Json about = whole_;
  about["defenses"] = {{{"name", "noise"}, {"std", 0.1}}};
  about["victim"]["url"] = "https://example.org";
  AnswerInfo info = read(AnswerKind::kPosterior, about);
  info.posterior = PosteriorForm::kLogits;
  info.victim.arch = "resnet18";
  store::Header header;
  state(info, header);
  about["posterior"] = "logits";
  about["victim"]["arch"] = "resnet18";
  EXPECT_EQ(header.about, to_line(about));
}

TEST_F(Info, IsWrittenWithoutWhatIsNotKnown) {
  store::Header header;
  state(AnswerInfo{}, header);
  EXPECT_EQ(header.about, "{}");
  AnswerInfo info;
  info.victim.id = "someone";
  info.victim.kind = "pixels";
  state(info, header);
  EXPECT_EQ(header.about, R"({"victim":{"id":"someone","kind":"pixels"}})");
  EXPECT_TRUE(AnswerInfo{}.victim.to_json().is_null());
}

TEST_F(Info, CountsCallsAndDistinctOriginals) {
  store::Header header;
  header.of = Digest{1, 2};
  header.originals = Digest{3, 4};
  header.views = 4;
  test::write_vectors(dir_ / "views.lmdb", 20, header);
  const Cost cost = info_of(Dataset({dir_ / "views.lmdb"})).cost;
  EXPECT_EQ(cost.calls, 20U);
  EXPECT_EQ(cost.images, 5U);
  const Cost once = read(AnswerKind::kEmbedding, Json::object()).cost;
  EXPECT_EQ(once.calls, 6U);
  EXPECT_EQ(once.images, 6U);
}

TEST_F(Info, OfPosteriorsAndPredictionsNamesTheClasses) {
  EXPECT_TRUE(read(AnswerKind::kEmbedding, Json::object()).classes.empty());
  for (const AnswerKind kind : {AnswerKind::kPosterior, AnswerKind::kPrediction})
    for (const Json& names : {Json(), Json::array(), Json({1, 2}), Json("x")})
      EXPECT_THROW(read(kind, {{"classes", names}}), DataError) << names;
  EXPECT_THROW(read(AnswerKind::kPosterior, {{"classes", {"x", "y", "z"}}}), DataError);
  EXPECT_FALSE(read(AnswerKind::kPosterior, {{"classes", {"x", "y"}}}).posterior);
}

TEST_F(Info, OfAnotherTypeIsRefusedByName) {
  const auto fault = [&](const Json& about) {
    return test::thrown<DataError>([&] { read(AnswerKind::kEmbedding, about); });
  };
  EXPECT_NE(fault({{"victim", 3}}).find("states a 'victim' that is no object"), std::string::npos);
  EXPECT_NE(fault({{"victim", {{"file", 3}}}}).find("states a 'file' that is no text"),
            std::string::npos);
  for (const Json& repeats : {Json(0), Json(2), Json("1"), Json(-1), Json(1.5)})
    EXPECT_NE(fault({{"repeats", repeats}}).find("states 'repeats'"), std::string::npos) << repeats;
  EXPECT_THROW(info_of(images()), DataError);
}

}  // namespace
}  // namespace cs::answers
