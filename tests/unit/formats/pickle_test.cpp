#include "formats/pickle.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <string>

#include "core/error.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;
using Kind = PickleValue::Kind;

const std::set<std::string_view> kAllowed = {"collections.OrderedDict", "torch.FloatStorage"};

/// Keeps the bytes, into which values point.
Pickle parse(const std::string& bytes) {
  static std::deque<std::string> kept;
  return parse_pickle("p.pkl", kept.emplace_back(bytes), kAllowed);
}

std::string refused(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Pickle, HoldsNumbersAsPythonWritesThem) {
  // pickle.dumps((1, 300, -7, 2 ** 40, -2 ** 40, 1.5, True, False, None), 2)
  const std::string bytes =
      "\x80\x02(K\x01M\x2c\x01J\xf9\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01"
      "\x8a\x06\x00\x00\x00\x00\x00\xff"
      "G\x3f\xf8\x00\x00\x00\x00\x00\x00\x88\x89Nt."s;
  const Pickle pickle = parse(bytes);
  EXPECT_EQ(pickle.size(), bytes.size());
  ASSERT_EQ(pickle.root().kind, Kind::kTuple);
  ASSERT_EQ(pickle.root().items.size(), 9U);
  const auto item = [&](std::size_t i) { return pickle.at(pickle.root().items[i]); };
  const std::int64_t numbers[] = {1, 300, -7, std::int64_t{1} << 40, -(std::int64_t{1} << 40)};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(item(i).kind, Kind::kInt);
    EXPECT_EQ(item(i).number, numbers[i]) << i;
  }
  EXPECT_EQ(item(5).real, 1.5);
  EXPECT_EQ(item(6).number, 1);
  EXPECT_EQ(item(7).number, 0);
  EXPECT_EQ(item(8).kind, Kind::kNone);
}

TEST(Pickle, HoldsContainersAndWhatTheyShare) {
  // x = [1]; pickle.dumps({"a": x, "b": x, "c": ("t", b"b")}, 3)
  const Pickle pickle = parse(
      "\x80\x03}q\x00(X\x01\x00\x00\x00"
      "aq\x01]q\x02K\x01"
      "aX\x01\x00\x00\x00"
      "bq\x03h\x02X\x01\x00\x00\x00"
      "cq\x04X\x01\x00\x00\x00tq\x05"
      "C\x01"
      "bq\x06\x86q\x07u."s);
  const PickleValue& dict = pickle.root();
  ASSERT_EQ(dict.kind, Kind::kDict);
  ASSERT_EQ(dict.items.size(), 6U);
  EXPECT_EQ(pickle.at(dict.items[0]).text, "a");
  EXPECT_EQ(dict.items[1], dict.items[3]);
  EXPECT_EQ(pickle.at(dict.items[1]).items.size(), 1U);
  const PickleValue& pair = pickle.at(dict.items[5]);
  EXPECT_EQ(pickle.at(pair.items.at(0)).kind, Kind::kText);
  EXPECT_EQ(pickle.at(pair.items.at(1)).kind, Kind::kBytes);
}

TEST(Pickle, KeepsCallsAsTheNameAndTheArguments) {
  const Pickle call = parse("ctorch\nFloatStorage\nK\x07\x85R."s);
  EXPECT_EQ(call.root().kind, Kind::kCall);
  EXPECT_EQ(call.root().text, "torch.FloatStorage");
  const PickleValue& arguments = call.at(call.root().items.at(0));
  EXPECT_EQ(call.at(arguments.items.at(0)).number, 7);
  const Pickle dict = parse("ccollections\nOrderedDict\n)RX\x01\x00\x00\x00kK\x01s."s);
  EXPECT_EQ(dict.root().kind, Kind::kDict);
  EXPECT_EQ(dict.root().items.size(), 2U);
}

TEST(Pickle, RefusesByNameWhatItWouldRun) {
  EXPECT_TRUE(has(refused("cos\nsystem\nX\x04\x00\x00\x00true\x85R."s), "'os.system'"));
  EXPECT_TRUE(has(refused("\x80\x04\x8c\x02os\x8c\x06system\x93."s), "'os.system'"));
  EXPECT_TRUE(has(refused("ios\nsystem\n."s), "an instruction"));  // INST, which nobody writes
}

TEST(Pickle, RefusesWhatIsDamaged) {
  const std::string whole = "\x80\x02}q\x00X\x01\x00\x00\x00kK\x01s."s;
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refused(whole.substr(0, length)), "nothing was thrown") << length;
  for (const std::string& bytes :
       {"."s, "t."s, "(1."s, "K\x01u."s, "h\x00."s, "}K\x01s."s, "(}K\x01u."s, "0."s, "\x86."s,
        "K\x01K\x01R."s, "(0."s, "X\xff\xff\xff\xff."s, "\x8e\xff\xff\xff\xff\xff\xff\xff\xff."s,
        "\x8b\xff\xff\xff\xff."s, "K\x01K\x01\x93."s, "\x80\x06N."s})
    EXPECT_NE(refused(bytes), "nothing was thrown") << bytes;
}

TEST(Pickle, OfBombsTakesNoMoreThanItsBytes) {
  std::string doubling = "]";  // a list of twice the last one, forty times
  for (int i = 0; i < 40; ++i) doubling += "q\x00]h\x00"s + "ah\x00"s + "a";
  EXPECT_EQ(parse(doubling + ".").root().items.size(), 2U);
  EXPECT_TRUE(parse("]q\x00h\x00"s + "a.").root().items.size() == 1);  // contains itself
  EXPECT_TRUE(has(refused(std::string(1'000'001, ']') + "."), "over a million"));
  EXPECT_NE(refused(std::string(100'000, '(')), "nothing was thrown");
}

}  // namespace
}  // namespace cs::formats
