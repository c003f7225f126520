#include "source/entry_list.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace cs::source {
namespace {

TEST(EntryList, EntriesComeBackAsTheyWere) {
  EntryList list;
  list.add({"a/b.png", 3, true, {}});
  list.add({"", 4, false, {}});
  list.add({"c.cls", 70'000'000'000, true, "7\n", formats::FileKind::kGif});
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].name, "a/b.png");
  EXPECT_EQ(list[0].place, 3U);
  EXPECT_EQ(list[0].text, "");
  EXPECT_FALSE(list[1].regular);
  EXPECT_EQ(list[2].name, "c.cls");
  EXPECT_EQ(list[2].text, "7\n");
  EXPECT_EQ(list[2].kind, formats::FileKind::kGif);
  EXPECT_EQ(list[0].kind, formats::FileKind::kUnknown);
  EXPECT_EQ(list[2].place, 70'000'000'000U);
  EXPECT_THROW(list[3], std::out_of_range);
}

TEST(EntryList, TheLongestTextFitsAndALongerOneIsRefused) {
  EntryList list;
  const std::string longest(EntryList::kMostText, 'x');
  list.add({"a.cls", 0, true, longest});
  EXPECT_EQ(list[0].text, longest);
  EXPECT_THROW(list.add({"b.cls", 1, true, longest + "x"}), Error);
}

}  // namespace
}  // namespace cs::source
