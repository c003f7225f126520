#include "sample/where.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "sample/draw.hpp"
#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::sample {
namespace {

using test::expect_data_error;
using test::items_of;
using test::MemorySource;

using Indices = std::vector<std::size_t>;

class WhereTest : public test::TemporaryFolder {
 protected:
  static Indices plain_draw(const source::Source& source, const Selection& selection,
                            std::uint64_t seed = 0) {
    PixelFilter nothing;
    return draw(source, selection, seed, nothing).indices;
  }

  static MemorySource pets() {
    return {{{"a/1.png", 0},
             {"a/2.png", 1},
             {"b,c/3.png", 1},
             {"b\n/4.png", 2},
             {"\xFF.png", -1},
             {"d\\e.png", -1}},
            {"cat", "dog", "two words"}};
  }

  static Indices where(const std::vector<std::string>& texts) {
    Selection selection;
    for (const std::string& text : texts) selection.where.emplace_back(text).load();
    return plain_draw(pets(), selection);
  }
};

TEST_F(WhereTest, ConditionsChooseByClass) {
  EXPECT_EQ(where({"class=dog"}), (Indices{1, 2}));
  EXPECT_EQ(where({"class=dog,cat"}), (Indices{0, 1, 2}));
  EXPECT_EQ(where({"class=two words"}), (Indices{3}));
  EXPECT_EQ(where({"class!=dog"}), (Indices{0, 3, 4, 5}));
  EXPECT_EQ(where({"class=?*"}), (Indices{0, 1, 2, 3}));
  EXPECT_EQ(where({"class!=?*"}), (Indices{4, 5}));
  EXPECT_EQ(where({"class=[cd]*"}), (Indices{0, 1, 2}));
}

TEST_F(WhereTest, ConditionsChooseByNameAsListingsShowIt) {
  EXPECT_EQ(where({"name=a/*"}), (Indices{0, 1}));
  EXPECT_EQ(where({"name=*"}).size(), 6U);
  EXPECT_EQ(where({"name=?/[13].png,d*"}), (Indices{0, 5}));
  EXPECT_EQ(where({"name=b\\,c/*"}), (Indices{2}));
  EXPECT_EQ(where({"name=b\\\\x0A/4.png"}), (Indices{3}));
  EXPECT_EQ(where({"name=\\\\xFF.png"}), (Indices{4}));
  EXPECT_EQ(where({"name=d\\\\x5Ce.png"}), (Indices{5}));
  EXPECT_EQ(where({"name!=*/*"}), (Indices{4, 5}));
}

TEST_F(WhereTest, ConditionsChooseByAList) {
  const std::string list = write("list,of=names", "a/2.png\nb\\x0A/4.png\r\nunknown\n");
  EXPECT_EQ(where({"listed=" + list}), (Indices{1, 3}));
  EXPECT_EQ(where({"listed!=" + list}), (Indices{0, 2, 4, 5}));
  const std::string listing = write("listing", "#id\tlabel\tclass\tname\n0\t0\tcat\ta/1.png\n");
  EXPECT_EQ(where({"listed=" + listing}), (Indices{0}));
}

TEST_F(WhereTest, AllConditionsMustHold) {
  EXPECT_EQ(where({"class=dog", "name=a*"}), (Indices{1}));
  EXPECT_EQ(where({"name=a*", "class!=dog"}), (Indices{0}));
}

TEST_F(WhereTest, AConditionIsRecordedWithTheDigestOfItsList) {
  const std::string list = write("list", "a\n");
  Condition condition("listed!=" + list);
  EXPECT_EQ(condition.file(), list);
  condition.load();
  EXPECT_EQ(condition.text(), "listed!=" + digest("a\n").hex());
  EXPECT_EQ(Condition("name=a,b*").text(), "name=a,b*");
  EXPECT_TRUE(Condition("name=a,b*").file().empty());
}

TEST_F(WhereTest, OtherFormsAreNoConditions) {
  for (const char* text :
       {"", "=", "cat", "class", "class=", "class!=", "!=cat", "label=1", " class=cat", "Class=cat",
        "class!cat", "class=cat,", "name=,a", "name=a,,b", "listed="})
    EXPECT_THROW(Condition{text}, UsageError) << text;
}

TEST_F(WhereTest, ConditionsThatMeetNothingAreRefused) {
  expect_data_error("no record meets it", [] { where({"name=nothing"}); });
  expect_data_error("no record meets it", [] { where({"class=cat", "class=dog"}); });
  expect_data_error("no class of the sources matches 'fox'", [] { where({"class=cat,fox"}); });
  expect_data_error("no class of the sources matches 'fox'", [] { where({"class!=fox"}); });
  Selection selection;
  selection.where.emplace_back("class=cat");
  expect_data_error("the sources have no classes",
                    [&] { plain_draw(MemorySource(items_of({1}), {}), selection); });
}

TEST_F(WhereTest, AListMustBeThereAndHaveNames) {
  Condition missing("listed=" + path("missing").string());
  EXPECT_THROW(missing.load(), Error);
  Condition nameless("listed=" + write("list", "#id\n1\n"));
  EXPECT_THROW(nameless.load(), DataError);
}

}  // namespace
}  // namespace cs::sample
