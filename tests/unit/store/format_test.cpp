#include "store/format.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::thrown;

Header full_header() {
  Header h;
  h.first = 40;
  h.count = 12;
  h.columns = {image_spec(32, 48), label_spec(), name_spec(),
               vector_spec(Column::kEmbedding, Type::kF16, 512)};
  h.classes = {"cat", "\xC3\xA9\n\"dog\""};
  h.set.id = digest("set");
  h.set.part = 2;
  h.set.parts = 4;
  h.views = 4;
  h.of = digest("of");
  h.originals = digest("originals");
  h.victim = "0123";
  h.about = R"({"victim":{"kind":"pixels"},"posterior":"logits"})";
  h.fingerprint = digest("fingerprint");
  h.append_history({{"tool", "cs-sample"}, {"options", {{"seed", "1"}}}});
  h.append_history({{"tool", "cs-query"}, {"rate", 0.1}});
  return h;
}

/// from_json() of the full header after `change`.
std::string refused(const std::function<void(Json&)>& change) {
  Json json = parse_json("test", full_header().to_json());
  change(json);
  return thrown<DataError>([&] { Header::from_json("s.lmdb", to_line(json)); });
}

TEST(Header, ReadsBackItsJson) {
  const Header h = full_header();
  const Header read = Header::from_json("s.lmdb", h.to_json());
  EXPECT_EQ(read.to_json(), h.to_json());
  EXPECT_EQ(read.first, h.first);
  EXPECT_EQ(read.count, h.count);
  EXPECT_EQ(read.columns, h.columns);
  EXPECT_EQ(read.classes, h.classes);
  EXPECT_EQ(read.set.id, h.set.id);
  EXPECT_EQ(read.set.part, 2U);
  EXPECT_EQ(read.set.parts, 4U);
  EXPECT_EQ(read.views, 4U);
  EXPECT_EQ(read.of, h.of);
  EXPECT_EQ(read.originals, h.originals);
  EXPECT_EQ(read.victim, h.victim);
  EXPECT_EQ(read.about, h.about);
  EXPECT_EQ(read.fingerprint, h.fingerprint);
  EXPECT_EQ(read.history, h.history);
  EXPECT_EQ(read.shape_digest(), h.shape_digest());
}

TEST(Header, IsTheJsonOfTheManualPage) {
  Header h;
  h.count = 2;
  h.columns = {image_spec(32, 48), label_spec()};
  h.classes = {"cat", "dog"};
  EXPECT_EQ(h.to_json(), R"({"format":1,"kind":"images","first":0,"count":2,"columns":[)"
                         R"({"name":"image","type":"u8","shape":[32,48,3],"encoding":"raw"},)"
                         R"({"name":"label","type":"i32","shape":[],"encoding":"raw"}],)"
                         R"("classes":["cat","dog"],)"
                         R"("set":{"id":"00000000000000000000000000000000","part":0,"parts":1},)"
                         R"("fingerprint":"00000000000000000000000000000000","history":[]})");
}

TEST(Header, IsRefusedWithoutAnyOfItsFields) {
  for (const char* key : {"format", "kind", "first", "count", "columns", "classes", "set",
                          "fingerprint", "history"}) {
    const std::string message = refused([&](Json& json) { json.erase(key); });
    EXPECT_EQ(message.substr(0, 15), "s.lmdb: header ") << key << ": " << message;
  }
  for (const char* key : {"id", "part", "parts"})
    EXPECT_EQ(refused([&](Json& json) { json["set"].erase(key); }).substr(0, 8), "s.lmdb: ") << key;
  for (const char* key : {"name", "type", "shape", "encoding"})
    EXPECT_EQ(refused([&](Json& json) { json["columns"][0].erase(key); }).substr(0, 8), "s.lmdb: ")
        << key;
}

TEST(Header, IsRefusedWithAnythingThatIsNeverWritten) {
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& j) { j["first"] = -1; },
      [](Json& j) { j["count"] = 1.5; },
      [](Json& j) { j["count"] = true; },
      [](Json& j) { j["count"] = "12"; },
      [](Json& j) { j["first"] = UINT64_MAX; },
      [](Json& j) { j["kind"] = "images"; },
      [](Json& j) { j["news"] = 1; },
      [](Json& j) { j["views"] = 0; },
      [](Json& j) { j["victim"] = ""; },
      [](Json& j) { j["victim"] = 3; },
      [](Json& j) { j["about"] = Json::array({1}); },
      [](Json& j) { j["about"] = Json::object(); },
      [](Json& j) { j["history"] = "none"; },
      [](Json& j) { j["history"] = Json::object(); },
      [](Json& j) { j["of"] = "zz"; },
      [](Json& j) { j["of"] = nullptr; },
      [](Json& j) { j["fingerprint"] = "ABCDEF00000000000000000000000000"; },
      [](Json& j) { j["set"]["part"] = 4; },
      [](Json& j) { j["set"]["part"] = (std::uint64_t{1} << 32U) + 2; },
      [](Json& j) { j["set"]["parts"] = 0; },
      [](Json& j) { j["set"]["more"] = 0; },
      [](Json& j) { j["set"] = 1; },
      [](Json& j) { j["classes"] = "cat"; },
      [](Json& j) { j["classes"] = {1}; },
      [](Json& j) { j["columns"] = Json::array(); },
      [](Json& j) { j["columns"] = 1; },
      [](Json& j) { j["columns"].push_back(j["columns"][0]); },
      [](Json& j) { j["columns"][0]["name"] = "picture"; },
      [](Json& j) { j["columns"][0]["type"] = "f64"; },
      [](Json& j) { j["columns"][0]["encoding"] = "zip"; },
      [](Json& j) {
        j["columns"][0]["shape"] = {32, 48};
      },
      [](Json& j) {
        j["columns"][0]["shape"] = {0, 48, 3};
      },
      [](Json& j) {
        j["columns"][0]["shape"] = {-1, 48, 3};
      },
      [](Json& j) {
        j["columns"][0]["shape"] = {65536, 65536, 3};
      },
      [](Json& j) { j["columns"][0]["shape"] = Json::array(); }};
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_EQ(refused(changes[i]).substr(0, 8), "s.lmdb: ") << "change " << i;
}

TEST(Header, IsRefusedWithNumbersThatNoIntegerHolds) {
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& j) { j["format"] = 1e300; },
      [](Json& j) { j["first"] = 1e300; },
      [](Json& j) { j["count"] = -1e300; },
      [](Json& j) { j["views"] = 1e300; },
      [](Json& j) { j["set"]["part"] = 1e300; },
      [](Json& j) { j["set"]["parts"] = std::uint64_t{1} << 32U; },
      [](Json& j) { j["columns"][0]["shape"][1] = 1e300; }};
  for (std::size_t i = 0; i < changes.size(); ++i)
    EXPECT_NE(refused(changes[i]).find("no whole number, or too large a one"), std::string::npos)
        << "change " << i;
}

TEST(Header, IsRefusedInOnePrintableLine) {
  EXPECT_EQ(refused([](Json& j) {
              j["columns"][0]["type"] =
                  "\x7f"
                  "8\n\x1b[2J";
            }),
            "s.lmdb: header names an unknown '\\x7F8\\x0A\\x1B[2J'");
}

TEST(Header, RefusesColumnsWhoseReadersWouldBeMisled) {
  const auto message = [](const ColumnSpec& spec) {
    Header h;
    h.columns = {spec};
    return thrown<DataError>([&] { Header::from_json("s", h.to_json()); });
  };
  const std::string bad = "a type, shape or encoding that it cannot have";
  EXPECT_NE(message({Column::kLabel, Type::kI32, {2}, Encoding::kRaw}).find(bad),
            std::string::npos);
  EXPECT_NE(message({Column::kLabel, Type::kU8, {}, Encoding::kRaw}).find(bad), std::string::npos);
  EXPECT_NE(message({Column::kImage, Type::kF32, {8, 8, 3}, Encoding::kRaw}).find(bad),
            std::string::npos);
  EXPECT_NE(message({Column::kImage, Type::kU8, {8, 8, 1}, Encoding::kRaw}).find(bad),
            std::string::npos);
  EXPECT_NE(message({Column::kImage, Type::kU8, {8}, Encoding::kSource}).find(bad),
            std::string::npos);
  EXPECT_NE(message({Column::kName, Type::kU8, {8}, Encoding::kRaw}).find(bad), std::string::npos);
  EXPECT_NE(message({Column::kEmbedding, Type::kU8, {8}, Encoding::kRaw}).find(bad),
            std::string::npos);
  EXPECT_NE(message({Column::kEmbedding, Type::kF32, {}, Encoding::kShuffled}).find(bad),
            std::string::npos);
  for (const ColumnSpec& good :
       {image_spec(1, 1), ColumnSpec{Column::kImage, Type::kU8, {}, Encoding::kSource},
        label_spec(), name_spec(), vector_spec(Column::kPosterior, Type::kF32, 10),
        ColumnSpec{Column::kEmbedding, Type::kF16, {10}, Encoding::kRaw},
        ColumnSpec{Column::kPrediction, Type::kI32, {}, Encoding::kRaw}})
    EXPECT_EQ(message(good), "nothing was thrown") << name_of(good.column);
}

TEST(Header, OfAnotherFormatSaysThatANewerProgramIsNeeded) {
  EXPECT_EQ(refused([](Json& json) { json["format"] = 2; }),
            "s.lmdb: is of shard format 2, this program reads format 1; use a newer one");
}

TEST(Header, ThatIsNotJsonIsRefused) {
  for (const char* text : {"", "{", "[]", "1", "null", "\"x\""})
    EXPECT_THROW(Header::from_json("s", text), DataError) << text;
}

TEST(ShapeDigest, IsTheHashOfTheTextInTheManualPage) {
  Header h;
  h.columns = {image_spec(32, 48), label_spec(), name_spec(),
               vector_spec(Column::kEmbedding, Type::kF32, 512)};
  h.classes = {"cat", "d\xC3\xA9g"};
  EXPECT_EQ(h.shape_digest(), digest("image u8 32 48 3\nlabel i32\nname u8\nembedding f32 512\n"
                                     "class 3 cat\nclass 4 d\xC3\xA9g\n"));
}

TEST(RecordDigest, IsTheHashOfIdColumnAndBytes) {
  std::string scratch = "left from before";
  const std::string bytes("\0abc", 4);
  EXPECT_EQ(record_digest(0x0102030405060708, Column::kImage, bytes.data(), 4, scratch),
            digest(std::string("\x08\x07\x06\x05\x04\x03\x02\x01image\0abc", 17)));
}

TEST(ColumnSpec, KnowsTheSizeOfItsRecords) {
  EXPECT_EQ(image_spec(32, 48).record_bytes(), 32U * 48 * 3);
  EXPECT_EQ(label_spec().record_bytes(), 4U);
  EXPECT_EQ(name_spec().record_bytes(), 0U);
  EXPECT_EQ(vector_spec(Column::kEmbedding, Type::kF16, 10).record_bytes(), 20U);
}

TEST(Values, OnDiskNeverChange) {
  EXPECT_EQ(static_cast<int>(Type::kU8), 0);
  EXPECT_EQ(static_cast<int>(Type::kF32), 1);
  EXPECT_EQ(static_cast<int>(Type::kF16), 2);
  EXPECT_EQ(static_cast<int>(Type::kI32), 3);
  EXPECT_EQ(static_cast<int>(Encoding::kRaw), 0);
  EXPECT_EQ(static_cast<int>(Encoding::kShuffled), 1);
  EXPECT_EQ(static_cast<int>(Encoding::kSource), 2);
}

}  // namespace
}  // namespace cs::store
