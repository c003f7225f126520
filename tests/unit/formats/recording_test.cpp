#include "formats/recording.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/npz.hpp"
#include "support/text_bytes.hpp"
#include "support/thrown.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;

using test::npy_of;
using test::Packing;
using test::TextBytes;
using test::thrown;
using test::zip_of;

using Floats = std::vector<float>;
using Names = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Recording npz(const std::string& file, const std::optional<std::string>& array = {}) {
  return parse_recorded_npz(TextBytes(file), array);
}

Recording lines(const std::string& text) { return parse_recorded_lines("x", text); }

template <typename E>
std::string npz_fault(const std::string& file, const std::optional<std::string>& array = {}) {
  return thrown<E>([&] { npz(file, array); });
}

std::string fault(const std::string& text) {
  return thrown<DataError>([&] { lines(text); });
}

TEST(RecordedNpz, IsItsOneArrayOfVectorsAndTheirNames) {
  for (const Packing packing : {Packing::kStored, Packing::kDeflated}) {
    const Recording recording =
        npz(zip_of({{"labels.npy", npy_of("<i8", "(2,)", std::string(16, '\1'))},
                    {"e.npy", npy_of(Floats{1, 2, 3, 4}, 2)},
                    {"curve.npy", npy_of("<f4", "(1,)", "abcd")},
                    {"names.npy", npy_of(Names{"b", "aa"})}},
                   packing));
    EXPECT_EQ(recording.vectors.values, (Floats{1, 2, 3, 4}));
    EXPECT_EQ(recording.vectors.width, 2U);
    EXPECT_EQ(recording.names, (Names{"b", "aa"}));
  }
}

TEST(RecordedNpz, OfSeveralArraysIsTheOneThatIsChosen) {
  const std::string file = zip_of({{"b.npy", npy_of(Floats{1, 2}, 1)},
                                   {"a.npy", npy_of(Floats{3, 4}, 2)},
                                   {"n.npy", npy_of(Names{"b", "aa"})}},
                                  Packing::kDeflated);
  EXPECT_EQ(npz(file, "b").vectors.values, (Floats{1, 2}));
  EXPECT_EQ(npz(file, "a").vectors.values, (Floats{3, 4}));
  EXPECT_TRUE(npz(file, "a").names.empty());
  EXPECT_EQ(npz_fault<UsageError>(file),
            "`victim-output`: is missing; x holds several arrays of vectors: 'a', 'b'");
  EXPECT_EQ(npz_fault<UsageError>(file, "c"),
            "`victim-output`: 'c' is no array of x, which holds 'a', 'b', 'n'");
  EXPECT_TRUE(holds(npz_fault<DataError>(file, "n"), "x: array 'n': holds S2, not numbers"));
}

TEST(RecordedNpz, WithoutVectorsSaysWhatItHolds) {
  EXPECT_TRUE(holds(npz_fault<DataError>(
                        zip_of({{"n.npy", npy_of(Names{"b"})}, {"t.txt", ""}}, Packing::kStored)),
                    "holds no array of vectors (images, numbers) of f2, f4 or f8, but 'n'; save"));
  EXPECT_TRUE(holds(npz_fault<DataError>(zip_of({}, Packing::kStored)), "f4 or f8; save"));
}

TEST(RecordedNpz, HasAsManyNamesAsVectors) {
  EXPECT_TRUE(holds(npz_fault<DataError>(zip_of(
                        {{"e.npy", npy_of(Floats{1, 2}, 1)}, {"names.npy", npy_of(Names{"b"})}},
                        Packing::kStored)),
                    "holds 1 names of 2 vectors"));
}

TEST(RecordedNpz, RefusesAnArrayThatIsThereTwice) {
  const std::string array = npy_of(Floats{1, 2}, 1);
  EXPECT_TRUE(
      holds(npz_fault<DataError>(zip_of({{"e.npy", array}, {"e.npy", array}}, Packing::kStored)),
            "twice"));
}

TEST(RecordedNpz, FailsWithOneByteChangedOrAnyCutOff) {
  for (const Packing packing : {Packing::kStored, Packing::kDeflated}) {
    const std::string file = zip_of({{"e.npy", npy_of(Floats{1, 2, 3, 4}, 2)}}, packing);
    for (std::size_t at = 0; at < file.size(); ++at)
      EXPECT_THROW(npz(file.substr(0, at)), DataError) << at;
    const std::size_t content = file.find("e.npy") + 5;
    const std::size_t end = file.find("PK\1\2");
    for (std::size_t at = content; at < end; ++at) {
      std::string changed = file;
      changed[at] = static_cast<char>(changed[at] ^ 16);
      EXPECT_THROW(npz(changed), DataError) << at;
    }
  }
}

TEST(RecordedNpz, OfOver1GiBIsRefusedIfItIsPackedToLessThanAHundredth) {
  const std::string zeros(std::size_t{1} << 20U, '\0');
  std::string file = zip_of({{"e.npy", npy_of("<f4", "(512, 512)", zeros)}}, Packing::kDeflated);
  EXPECT_EQ(npz(file).vectors.count, 512U);  // packed to a thousandth, but small
  file.replace(file.find("PK\1\2") + 24, 4, std::string("\1\0\0\x40", 4));
  EXPECT_TRUE(holds(npz_fault<DataError>(file), "unpacks to over 100 times its size"));
  file.replace(file.find("PK\1\2") + 24, 4, std::string("\0\0\0\x40", 4));
  EXPECT_TRUE(holds(npz_fault<DataError>(file), "a member is shorter than it says"));
}

TEST(RecordedLines, InOrderNeedNoNames) {
  const Recording recording = lines("{\"embedding\": [1, -2.5e0]}\r\n {\"embedding\":[3,4]}");
  EXPECT_EQ(recording.vectors.values, (Floats{1, -2.5, 3, 4}));
  EXPECT_EQ(recording.vectors.count, 2U);
  EXPECT_EQ(recording.vectors.width, 2U);
  EXPECT_TRUE(recording.names.empty());
}

TEST(RecordedLines, MayHaveNames) {
  const Recording recording =
      lines("{\"name\":\"NaN.png\",\"embedding\":[1]}\n{\"embedding\":[2],\"name\":\"\u00e9\"}\n");
  EXPECT_EQ(recording.names, (Names{"NaN.png", "\u00e9"}));
  EXPECT_EQ(recording.vectors.values, (Floats{1, 2}));
}

TEST(RecordedLines, WithIndicesAreSorted) {
  const Recording recording = lines(R"({"object":"embedding","index":2,"embedding":[5,6]}
{"object":"embedding","index":0,"embedding":[1,2]}
{"object":"embedding","index":1,"embedding":[3,4]}
)");
  EXPECT_EQ(recording.vectors.values, (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(recording.names.empty());
}

TEST(RecordedLines, CountEveryImageOnce) {
  const std::string advice = "; count the images from 0, over all requests";
  EXPECT_EQ(fault("{\"index\":0,\"embedding\":[1]}\n{\"index\":0,\"embedding\":[1]}"),
            "x: line 2: has the index 0, as line 1" + advice);
  EXPECT_EQ(fault("{\"index\":1,\"embedding\":[1]}\n{\"index\":2,\"embedding\":[1]}"),
            "x: line 2: has the index 2, of 2 lines" + advice);
}

TEST(RecordedLines, SayOnWhichLineWhatIsWrong) {
  const std::string good = "{\"name\":\"a\",\"embedding\":[1,2]}\n";
  for (const auto& [line, what] : std::vector<std::pair<std::string, std::string>>{
           {"", "is empty; write one object a line"},
           {" \r", "is empty"},
           {"[1, 2]", "is a JSON array; write one object a line"},
           {"name,0,1", "is no JSON object"},
           {"{\"name\":\"b\",\"embedding\":[1,2]", "not valid JSON"},
           {"{\"name\":\"b\",\"embedding\":[1,NaN]}", "holds NaN or Infinity"},
           {"{\"name\":\"b\",\"embedding\":[-Infinity,1]}", "holds NaN or Infinity"},
           {"{\"name\":\"b\",\"embedding\":[1,1e39]}", "too large for f32"},
           {"{\"name\":\"b\",\"embedding\":[1,1e999]}", "not valid JSON"},
           {"{\"name\":\"b\",\"embedding\":[1,null]}", "no list of numbers"},
           {"{\"name\":\"b\",\"embedding\":[1,\"2\"]}", "no list of numbers"},
           {"{\"name\":\"b\",\"embedding\":\"AACAPw==\"}", "no list of numbers; ask the service"},
           {"{\"name\":\"b\",\"embedding\":[]}", "no list of numbers"},
           {"{\"name\":\"b\",\"embedding\":[1,2,3]}", "has 3 numbers, the first line 2"},
           {"{\"name\":\"b\"}", "has no 'embedding'"},
           {"{\"name\":7,\"embedding\":[1,2]}", "has a 'name' that is no text"},
           {"{\"index\":-1,\"embedding\":[1,2]}", "has an 'index' that is no whole number"},
           {"{\"index\":1.0,\"embedding\":[1,2]}", "has an 'index' that is no whole number"},
           {"{\"id\":\"b\",\"embedding\":[1,2]}", "has the member 'id'; name images with 'name'"},
           {"{\"object\":\"list\",\"embedding\":[1,2]}", "has an 'object' other than"},
           {"{\"name\":\"b\",\"index\":1,\"embedding\":[1,2]}", "has a 'name' and an 'index'"},
           {"{\"index\":1,\"embedding\":[1,2]}", "says otherwise than line 1"},
           {"{\"embedding\":[1,2]}", "says otherwise than line 1"},
           {"{\"name\":\"b\",\"name\":\"c\",\"embedding\":[1,2]}", "twice in one object"}}) {
    const std::string message = fault(good + line + "\n" + good);
    EXPECT_EQ(message.rfind("x: line 2: ", 0), 0U) << message;
    EXPECT_TRUE(holds(message, what)) << message;
  }
  EXPECT_TRUE(holds(fault("{\"embedding\":[1,2]}\n" + good), "line 2: says otherwise than line 1"));
  EXPECT_TRUE(holds(fault(""), "x: is empty"));
  EXPECT_TRUE(holds(fault(std::string((16U << 20U) + 1, ' ')), "line 1: is over 16 MiB"));
}

}  // namespace
}  // namespace cs::formats
