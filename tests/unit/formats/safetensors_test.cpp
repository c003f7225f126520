#include "formats/safetensors.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::formats {
namespace {

/// A file with this header, padded by nobody, and this data.
std::string file_of(const std::string& header, const std::string& data) {
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i)
    bytes.push_back(static_cast<char>((header.size() >> (8 * i)) & 0xFFU));
  return bytes + header + data;
}

std::string refusal(const std::string& bytes) {
  try {
    parse_safetensors("weights", bytes);
  } catch (const DataError& e) {
    return e.what();
  }
  return "accepted";
}

std::string two_tensors() {
  const std::string one(8, '\x01');
  const std::string two(3, '\x02');
  return to_safetensors({{"b.weight", "F32", {2, 1}, one}, {"a", "U8", {3}, two}}, {{"k", "v"}});
}

TEST(Safetensors, RoundTripKeepsNamesTypesShapesBytesAndOrder) {
  const std::string count("\x07\0\0\0\0\0\0\0", 8);
  const std::string bytes = to_safetensors(
      {{"z", "F32", {1, 2}, "abcdefgh"}, {"empty", "F32", {0, 5}, ""}, {"n", "I64", {}, count}},
      {{"cs", "{\"a\": 1}"}, {"format", "pt"}});
  const Safetensors file = parse_safetensors("f", bytes);
  EXPECT_EQ(file.metadata, (Metadata{{"cs", "{\"a\": 1}"}, {"format", "pt"}}));
  ASSERT_EQ(file.tensors.size(), 3U);
  EXPECT_EQ(file.tensors[0].name, "z");
  EXPECT_EQ(file.tensors[0].dtype, "F32");
  EXPECT_EQ(file.tensors[0].shape, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(file.tensors[0].bytes, "abcdefgh");
  EXPECT_EQ(file.tensors[1].name, "empty");
  EXPECT_EQ(file.tensors[1].bytes.size(), 0U);
  EXPECT_EQ(file.find("n")->bytes, count);
  EXPECT_TRUE(file.find("n")->shape.empty());
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST(Safetensors, BytesOfATinyFileArePinned) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}    )";
  ASSERT_EQ(header.size() % 8, 0U);
  EXPECT_EQ(to_safetensors({{"w", "U8", {2}, "xy"}}, {{"format", "pt"}}), file_of(header, "xy"));
}

TEST(Safetensors, AFileWithoutTensorsOrMetadataIsValid) {
  const std::string bytes = to_safetensors({}, {});
  EXPECT_EQ(bytes, file_of("{}      ", ""));
  EXPECT_TRUE(parse_safetensors("f", bytes).tensors.empty());
}

TEST(Safetensors, TensorsMayBeListedInAnyOrder) {
  const std::string header = R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
                             R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  const std::string bytes = file_of(header, "xyz");
  const Safetensors file = parse_safetensors("f", bytes);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(file.tensors[1].bytes, "z");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string bytes = two_tensors();
  EXPECT_EQ(refusal(bytes), "accepted");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(refusal(bytes.substr(0, size)), "accepted") << size << " bytes";
}

TEST(Safetensors, OneSurplusByteIsRefused) {
  EXPECT_EQ(refusal(two_tensors() + "!"),
            "weights: 1 bytes after the last tensor; not a valid safetensors file");
}

TEST(Safetensors, AnyChangedByteOfTheHeaderIsRefusedOrReadWithoutFault) {
  const std::string bytes = two_tensors();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (const char value : {'\0', '9', '"', '{', '\xff'}) {
      std::string changed = bytes;
      changed[i] = value;
      refusal(changed);
    }
}

TEST(Safetensors, MalformedFilesAreRefusedWithTheReason) {
  struct Case {
    std::string header;
    std::string data;
    std::string reason;
  };
  const auto tensor = [](const std::string& members) { return "{\"t\":{" + members + "}}"; };
  const std::string good = R"("dtype":"U8","shape":[2],"data_offsets":[0,2])";
  const std::vector<Case> cases{
      {"", "", "does not start with '{'"},
      {" {}", "", "does not start with '{'"},
      {"[]", "", "does not start with '{'"},
      {"{\"t\":", "", "not valid JSON"},
      {"{} x", "", "not valid JSON"},
      {"{\"t\":{" + good + "},\"t\":{" + good + "}}", "xy", "'t' twice"},
      {"{\"t\":7}", "", "not an object of dtype"},
      {tensor(R"("dtype":"U8","shape":[2])"), "xy", "not an object of dtype"},
      {tensor(good + ",\"extra\":1"), "xy", "not an object of dtype"},
      {tensor(R"("dtype":8,"shape":[2],"data_offsets":[0,2])"), "xy", "dtype is not a string"},
      {tensor(R"("dtype":"U9","shape":[2],"data_offsets":[0,2])"), "xy", "unknown dtype 'U9'"},
      {tensor(R"("dtype":"U8","shape":2,"data_offsets":[0,2])"), "xy", "shape is not an array"},
      {tensor(R"("dtype":"U8","shape":[-2],"data_offsets":[0,2])"), "xy", "something else than"},
      {tensor(R"("dtype":"U8","shape":[2.0],"data_offsets":[0,2])"), "xy", "something else than"},
      {tensor(R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,2])"), "xy",
       "something else than"},
      {tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])"), "",
       "its shape overflows"},
      {tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,2])"), "xy", "needs 8 bytes"},
      {tensor(R"("dtype":"U8","shape":[2],"data_offsets":[0,2,3])"), "xy", "not two offsets"},
      {tensor(R"("dtype":"U8","shape":[2],"data_offsets":[-2,0])"), "xy", "not two offsets"},
      {tensor(R"("dtype":"U8","shape":[2],"data_offsets":[2,0])"), "xy", "ends before it begins"},
      {tensor(R"("dtype":"U8","shape":[2],"data_offsets":[1,3])"), "xy", "ends at byte 3 of"},
      {tensor(R"("dtype":"U8","shape":[2],"data_offsets":[1,3])"), "xyz", "a hole before it"},
      {tensor(good), "xyz", "1 bytes after the last tensor"},
      {"{\"t\":{" + good + R"(},"u":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "xyz",
       "'u': overlaps the tensor before it"},
      {R"({"__metadata__":[]})", "", "__metadata__ is not an object"},
      {R"({"__metadata__":{"a":1}})", "", "metadata 'a' is not a string"},
      {R"({"__metadata__":{"a":"1","a":"2"}})", "", "'a' twice"},
  };
  for (const Case& each : cases) {
    const std::string message = refusal(file_of(each.header, each.data));
    EXPECT_EQ(message.rfind("weights: ", 0), 0U) << message;
    EXPECT_NE(message.find(each.reason), std::string::npos) << each.header << "\n" << message;
  }
}

TEST(Safetensors, ImpossibleHeaderLengthsAreRefused) {
  EXPECT_NE(refusal(std::string(8, '\xff')).find("over the limit"), std::string::npos);
  EXPECT_NE(refusal(std::string("\x09\0\0\0\0\0\0\0{}", 10)).find("ends inside its header"),
            std::string::npos);
}

TEST(Safetensors, WriterRefusesWhatTheFormatCannotHold) {
  EXPECT_THROW(to_safetensors({{"a", "U8", {1}, "x"}, {"a", "U8", {1}, "y"}}, {}), Error);
  EXPECT_THROW(to_safetensors({{"__metadata__", "U8", {1}, "x"}}, {}), Error);
  EXPECT_THROW(to_safetensors({{"a", "U8", {2}, "x"}}, {}), Error);
  EXPECT_THROW(to_safetensors({{"a", "U8", {-1}, ""}}, {}), Error);
  EXPECT_THROW(to_safetensors({{"a", "float", {1}, "x"}}, {}), Error);
}

}  // namespace
}  // namespace cs::formats
