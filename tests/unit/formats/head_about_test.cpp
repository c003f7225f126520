#include "formats/head_about.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "core/error.hpp"

namespace cs::formats {
namespace {

TEST(HeadAbout, IsReadAsItWasWritten) {
  const HeadAbout about{{"a", "b"}, "abc", Json::array({"one"})};
  EXPECT_EQ(to_line(to_json(about)),
            R"({"format":1,"classes":["a","b"],"encoder":"abc","history":["one"]})");
  const HeadAbout read = parse_head_about("f", to_json(about));
  EXPECT_EQ(read.classes, about.classes);
  EXPECT_EQ(read.encoder, about.encoder);
  EXPECT_EQ(read.history, about.history);
}

TEST(HeadAbout, MayNotKnowItsEncoder) {
  const Json json = to_json(HeadAbout{{"a", "b"}, {}, {}});
  EXPECT_EQ(to_line(json), R"({"format":1,"classes":["a","b"],"encoder":null})");
  EXPECT_FALSE(parse_head_about("f", json).encoder);
}

TEST(HeadAbout, ThatNamesNoClassesIsRefused) {
  const std::vector<std::function<void(Json&)>> changes{
      [](Json& json) { json["format"] = 2; },
      [](Json& json) { json.erase("classes"); },
      [](Json& json) { json["classes"] = "a"; },
      [](Json& json) {
        json["classes"] = {"a", 1};
      },
      [](Json& json) { json["classes"] = Json::array({"a"}); },
      [](Json& json) { json["encoder"] = 1; },
      [](Json& json) { json = Json::array(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Json json = to_json(HeadAbout{{"a", "b"}, {}, {}});
    changes[i](json);
    EXPECT_THROW(parse_head_about("f", json), DataError) << "change " << i;
  }
}

}  // namespace
}  // namespace cs::formats
