#include "core/json.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/error.hpp"
#include "support/thrown.hpp"

namespace cs {
namespace {

using test::thrown;

std::string nested(int levels, const std::string& inner) {
  return std::string(static_cast<std::size_t>(levels), '[') + inner +
         std::string(static_cast<std::size_t>(levels), ']');
}

TEST(ParseJson, KeepsTheOrderOfMembers) {
  EXPECT_EQ(to_line(parse_json("x", R"({ "b": 1, "a": [true, null] })")),
            R"({"b":1,"a":[true,null]})");
}

TEST(ParseJson, RefusesAKeyTwiceInOneObject) {
  EXPECT_EQ(thrown<DataError>([] { parse_json("f", R"({"a":{"k":1,"k":2}})"); }),
            "f: JSON with the key 'k' twice in one object");
  EXPECT_THROW(parse_json("f", R"({"k":1,"a":{"k":1},"k":2})"), DataError);
  EXPECT_NO_THROW(parse_json("f", R"([{"k":1},{"k":{"k":2}}])"));
}

TEST(ParseJson, RefusesMoreThan64Levels) {
  EXPECT_NO_THROW(parse_json("f", nested(64, "")));
  EXPECT_NO_THROW(parse_json("f", nested(64, "1")));
  EXPECT_THROW(parse_json("f", nested(65, "")), DataError);
  EXPECT_THROW(parse_json("f", nested(65, "1")), DataError);
  EXPECT_THROW(parse_json("f", std::string(10000000, '[')), DataError);
  std::string objects = "1";
  for (int i = 0; i < 65; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_THROW(parse_json("f", objects), DataError);
}

TEST(ParseJson, NamesTheFileWhereTextIsNotJson) {
  for (const char* text : {"", "{", "{} x", "[1,]", "nan", "\"\xFF\"", "1e999", "'a'"}) {
    const std::string message = thrown<DataError>([&] { parse_json("f", text); });
    EXPECT_EQ(message.substr(0, 19), "f: not valid JSON: ") << text;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(ToLine, IsOneLineWhateverTheStringsHold) {
  EXPECT_EQ(to_line(Json{{"a", "x\ny"}, {"b", "\xFF"}}),
            "{\"a\":\"x\\ny\",\"b\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace cs
