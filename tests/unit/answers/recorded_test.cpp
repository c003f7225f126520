#include "answers/recorded.hpp"

#include <gtest/gtest.h>

#include "answers/estimate.hpp"
#include "answers/query.hpp"
#include "answers/shard.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "support/npz.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::answers {
namespace {

using store::Dataset;
using test::npy_of;
using test::Packing;
using test::thrown;
using test::zip_of;

using Floats = std::vector<float>;
using Names = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Images with ids from 70 on.
class Recorded : public ::testing::Test {
 protected:
  /// The images, called as `names` says; none has a name if it is empty.
  Dataset images(const Names& names, std::uint64_t count = 3) const {
    if (!names.empty()) count = names.size();
    store::Header header;
    header.first = 70;
    header.columns = {store::image_spec(2, 2)};
    if (!names.empty()) header.columns.push_back(store::name_spec());
    store::Writer writer(dir_ / "images.lmdb", Overwrite::kAllow, header);
    for (std::uint64_t i = 0; i < count; ++i) {
      writer.append(store::Column::kImage, test::pixels_of(i, 12).data(), 1);
      if (!names.empty()) writer.append_bytes(store::Column::kName, names[i]);
    }
    writer.close();
    return Dataset({dir_ / "images.lmdb"});
  }

  std::string file(const std::string& name, const std::string& bytes) const {
    write_file(dir_ / name, bytes, Overwrite::kAllow);
    return (dir_ / name).string();
  }

  /// All answers about the images.
  static Floats answers(const std::string& path, const Dataset& images,
                        const RecordingOptions& options = {}) {
    const auto victim = recorded_victim(path, images, options);
    Floats all;
    query_images(*victim, images, {}, [&](const Answers& more) {
      all.insert(all.end(), more.values.begin(), more.values.end());
    });
    return all;
  }

  template <typename E>
  static std::string fault(const std::string& path, const Dataset& images,
                           const RecordingOptions& options = {}) {
    const std::string message = thrown<E>([&] { recorded_victim(path, images, options); });
    const auto at = message.find(path);
    return at == std::string::npos ? message
                                   : message.substr(0, at) + "F" + message.substr(at + path.size());
  }

  const test::TempDir dir_;
};

TEST_F(Recorded, WithoutNamesAnswerInTheOrderOfTheIds) {
  const Dataset three = images({});
  EXPECT_EQ(answers(file("a.npy", npy_of(Floats{1, 2, 3, 4, 5, 6}, 2)), three),
            (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(
      answers(file("a.jsonl", "{\"embedding\":[7]}\n{\"embedding\":[8]}\n{\"embedding\":[9]}"),
              three),
      (Floats{7, 8, 9}));
}

TEST_F(Recorded, WithoutNamesAreAsManyAsTheImages) {
  const std::string message = fault<DataError>(file("a.npy", npy_of(Floats{1, 2}, 1)), images({}));
  EXPECT_TRUE(holds(message, "F: holds 2 answers, and ")) << message;
  EXPECT_TRUE(holds(message, " 3 images; ")) << message;
  EXPECT_THROW(answers(file("a.npy", npy_of(Floats{1, 2, 3, 4}, 1)), images({})), DataError);
}

TEST_F(Recorded, WithNamesAnswerTheImagesThatAreCalledSo) {
  const Dataset three = images({"a/x", "b", "a/y"});
  std::vector<std::string> remarks;
  RecordingOptions options;
  options.remark = [&](const std::string& what) { remarks.push_back(what); };
  EXPECT_EQ(answers(file("a.npz", zip_of({{"e.npy", npy_of(Floats{1, 2, 3, 4, 5, 6}, 2)},
                                          {"names.npy", npy_of(Names{"a/y", "a/x", "b"})}},
                                         Packing::kDeflated)),
                    three, options),
            (Floats{3, 4, 5, 6, 1, 2}));
  EXPECT_TRUE(remarks.empty());
  const std::string path = file("a.jsonl",
                                "{\"name\":\"b\",\"embedding\":[7]}\n"
                                "{\"name\":\"c\",\"embedding\":[1]}\n"
                                "{\"name\":\"a/y\",\"embedding\":[8]}\n"
                                "{\"name\":\"b\",\"embedding\":[7]}\n"
                                "{\"name\":\"a/x\",\"embedding\":[9]}\n");
  EXPECT_EQ(answers(path, three, options), (Floats{9, 7, 8}));
  EXPECT_EQ(remarks, Names{path + ": 1 of its 4 answers are to other images, and are left out"});
}

TEST_F(Recorded, MustHaveAnAnswerForEveryName) {
  const std::string message = fault<DataError>(
      file("a.jsonl", "{\"name\":\"b\",\"embedding\":[7]}"), images({"a", "b", "c\n", "", "e"}));
  EXPECT_TRUE(holds(message, "F: has no answer for 4 of the 5 images of ")) << message;
  EXPECT_TRUE(holds(message, ": 'a', 'c\\x0A', '', ...; its first name is 'b', and ")) << message;
  EXPECT_FALSE(holds(fault<DataError>(file("a.jsonl", "{\"name\":\"b\",\"embedding\":[7]}"),
                                      images({"a", "b", "c", "d"})),
                     "..."));
}

TEST_F(Recorded, CountTheRecordsWithoutAnAnswer) {
  const std::string path = file("a.jsonl", R"({"name":"a","embedding":[7]})");
  EXPECT_TRUE(holds(fault<DataError>(path, images({"a", "b"})), "no answer for 1 of the 2 images"));
  EXPECT_TRUE(holds(fault<DataError>(path, images({"b", "a", "a"})), "the records 71 and 72 both"));
}

TEST_F(Recorded, WithTwoVectorsForOneNameAreRefused) {
  EXPECT_TRUE(holds(fault<DataError>(file("a.jsonl",
                                          "{\"name\":\"a\",\"embedding\":[1,7]}\n"
                                          "{\"name\":\"b\",\"embedding\":[1,8]}\n"
                                          "{\"name\":\"a\",\"embedding\":[1,8]}"),
                                     images({"a", "b"})),
                    "F: holds different vectors for 'a', in rows 0 and 2 (from 0)"));
}

TEST_F(Recorded, CannotTellImagesOfOneNameApart) {
  const std::string path = file("a.jsonl",
                                "{\"name\":\"a\",\"embedding\":[7]}\n"
                                "{\"name\":\"b\",\"embedding\":[8]}");
  EXPECT_TRUE(holds(fault<DataError>(path, images({"a", "b", "a"})),
                    "calls the records 70 and 72 both 'a'; record the answers in the order"));
  EXPECT_TRUE(holds(fault<DataError>(path, images({})), "has no names for those in F; record"));
}

TEST_F(Recorded, HoldTheirRowsWhenNamesComeInSeveralBlocks) {
  Names names;
  std::string text;
  Floats expected;
  for (int i = 0; i < 9000; ++i) {
    names.push_back(std::to_string(i * 7919 % 9000));
    expected.push_back(static_cast<float>(i * 7919 % 9000));
    text += "{\"name\":\"" + std::to_string(i) + "\",\"embedding\":[" + std::to_string(i) + "]}\n";
  }
  EXPECT_EQ(answers(file("a.jsonl", text), images(names)), expected);
}

TEST_F(Recorded, AreNotAskedWithPixelsAndCostNothing) {
  const Dataset three = images({});
  const auto victim = recorded_victim(file("a.npy", npy_of(Floats{1, 2, 3}, 1)), three, {});
  EXPECT_FALSE(victim->sees_images());
  RunOptions paid;
  paid.price = 2.5;
  const Json plan = estimate(*victim, three, paid);
  EXPECT_EQ(plan.at("calls"), 0);
  EXPECT_EQ(plan.at("price"), 0.0);
  EXPECT_EQ(plan.at("images"), 3);
  EXPECT_TRUE(plan.at("distinct").is_null());
}

TEST_F(Recorded, AreOfAVictimPerFileOrOfTheOneThatIsNamed) {
  const Dataset three = images({});
  const std::string one = file("1.npy", npy_of(Floats{1, 2, 3}, 1));
  const std::string two = file("2.npy", npy_of(Floats{4, 5, 6}, 1));
  const auto info = [&](const std::string& path, const std::optional<std::string>& name) {
    RecordingOptions options;
    options.victim = name;
    return recorded_victim(path, three, options)->info().victim;
  };
  EXPECT_EQ(info(one, {}).id, info(file("copy.npy", read_file(one)), {}).id);
  EXPECT_NE(info(one, {}).id, info(two, {}).id);
  EXPECT_EQ(info(one, "v").id, info(two, "v").id);
  EXPECT_NE(info(one, "v").id, info(one, "w").id);
  EXPECT_NE(info(one, "v").file, info(two, "v").file);
  EXPECT_EQ(info(one, {}).kind, "recorded");
  EXPECT_EQ(info(one, "v").to_json().at("name"), "v");
  EXPECT_EQ(info(one, {}).id.size(), 32U);
}

TEST_F(Recorded, OfTwoArraysAreOfTwoVictims) {
  const Dataset two = images({}, 2);
  const std::string path =
      file("a.npz", zip_of({{"a.npy", npy_of(Floats{1, 2}, 1)}, {"b.npy", npy_of(Floats{3, 4}, 1)}},
                           Packing::kStored));
  RecordingOptions a;
  a.array = "a";
  RecordingOptions b;
  b.array = "b";
  EXPECT_EQ(answers(path, two, b), (Floats{3, 4}));
  EXPECT_NE(recorded_victim(path, two, a)->info().victim.id,
            recorded_victim(path, two, b)->info().victim.id);
}

TEST_F(Recorded, OfAFileAreEmbeddings) {
  RecordingOptions options;
  options.answer = AnswerKind::kPosterior;
  EXPECT_TRUE(
      holds(fault<UsageError>(file("a.npy", npy_of(Floats{1, 2, 3}, 1)), images({}), options),
            "`answer`: is posterior, and F does not say its classes"));
}

TEST_F(Recorded, ThatAreNoneAreNamed) {
  const Dataset three = images({});
  EXPECT_TRUE(holds(fault<DataError>(file("a", "\x89HDF\r\n\x1a\n"), three),
                    "is an HDF5 file, not recorded answers; "));
  EXPECT_TRUE(holds(fault<DataError>(file("a", "\x1f\x8b\x08"), three), "; unpack it"));
  EXPECT_TRUE(holds(fault<DataError>(file("a", "\x08\x06\x12\x07pytorch"), three),
                    "is an ONNX model, not recorded answers; to ask it, leave out 'recorded:'"));
  EXPECT_TRUE(holds(fault<DataError>(file("a", "<html>404"), three), "is a web page (HTML), "));
  EXPECT_THROW(recorded_victim(dir_ / "none", three, {}), Error);
  RecordingOptions options;
  options.array = "e";
  EXPECT_TRUE(holds(fault<UsageError>(file("a.npy", npy_of(Floats{1, 2, 3}, 1)), three, options),
                    "`victim-output`: has no effect on F"));
}

/// Answers in shards.
class RecordedShard : public Recorded {
 protected:
  /// A shard of these answers, `info` being what is known of them.
  std::string shard(const Dataset& images, const Floats& values, AnswerInfo info,
                    store::Type type = store::Type::kF32) const {
    info.of = images.header().fingerprint;
    info.victim.id = std::string(32, 'c');
    info.victim.kind = "torchscript";
    AnswerShard shard(dir_ / "answers.lmdb", Overwrite::kAllow, type, images, info, Json::object());
    Answers answers;
    answers.first = images.header().first;
    answers.images.resize(images.count());
    answers.values = values;
    shard.append(answers);
    shard.close();
    return (dir_ / "answers.lmdb").string();
  }
};

TEST_F(RecordedShard, AnswersTheImagesThatItWasMadeFrom) {
  const Dataset three = images({});
  const Floats values = {1, 0.5, -3, 4, 5, 65504};
  for (const store::Type type : {store::Type::kF32, store::Type::kF16}) {
    const std::string path = shard(three, values, {}, type);
    EXPECT_EQ(answers(path, three), values);
    EXPECT_EQ(recorded_victim(path, three, {})->info().victim.id, std::string(32, 'c'));
    EXPECT_EQ(recorded_victim(path, three, {})->info().victim.kind, "torchscript");
  }
  EXPECT_EQ(answers(dir_ / "answers.lmdb", three), values);
}

TEST_F(RecordedShard, DoesNotAnswerOtherImages) {
  const std::string path = shard(images({}), {1, 2, 3}, {});
  const Dataset others = images({"a", "b", "c"});
  EXPECT_TRUE(holds(fault<DataError>(path, others), "F: does not hold the answers to "));
  EXPECT_TRUE(holds(fault<DataError>((dir_ / "images.lmdb").string(), others), "holds no answers"));
}

TEST_F(RecordedShard, AnswersWithWhatItHolds) {
  const Dataset three = images({});
  AnswerInfo info;
  info.kind = AnswerKind::kPrediction;
  info.classes = {"cat", "dog"};
  const std::string path = shard(three, {1, 0, 1}, info);
  RecordingOptions options;
  EXPECT_TRUE(holds(fault<UsageError>(path, three, options),
                    "`answer`: is embedding, and F holds answers of another kind; pass `answer` "
                    "label"));
  options.answer = AnswerKind::kPrediction;
  EXPECT_EQ(answers(path, three, options), (Floats{1, 0, 1}));
  EXPECT_EQ(recorded_victim(path, three, options)->info().classes, (Names{"cat", "dog"}));
  options.victim = "v";
  EXPECT_TRUE(holds(fault<UsageError>(path, three, options), "`victim-name`: has no effect on F"));
}

TEST_F(RecordedShard, KeepsTheFormOfPosteriors) {
  const Dataset three = images({});
  AnswerInfo info;
  info.kind = AnswerKind::kPosterior;
  info.classes = {"cat", "dog"};
  info.posterior = PosteriorForm::kSoftmax;
  RecordingOptions options;
  options.answer = AnswerKind::kPosterior;
  const std::string path = shard(three, {0, 1, 1, 0, 0.5, 0.5}, info);
  EXPECT_EQ(recorded_victim(path, three, options)->info().posterior, PosteriorForm::kSoftmax);
  EXPECT_EQ(answers(path, three, options), (Floats{0, 1, 1, 0, 0.5, 0.5}));
}

TEST_F(RecordedShard, WithANumberThatIsNotFiniteIsRefused) {
  const Dataset three = images({});
  const std::string path = shard(three, {1, 2, 3, NAN, 5, 6}, {});
  EXPECT_TRUE(
      holds(fault<DataError>(path, three), "F: record 71 holds a number that is not finite"));
}

}  // namespace
}  // namespace cs::answers
