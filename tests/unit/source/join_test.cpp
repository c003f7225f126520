#include "source/join.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::source {
namespace {

using test::MemoryItem;
using test::MemorySource;

using test::expect_data_error;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

class JoinTest : public TemporaryFolder {
 protected:
  static std::unique_ptr<MemorySource> source(const Names& names, const Names& classes = {},
                                              bool encoded = false) {
    std::vector<MemoryItem> items;
    for (const std::string& name : names)
      items.push_back(
          {name, classes.empty() ? -1 : static_cast<std::int32_t>(items.size() % classes.size())});
    return std::make_unique<MemorySource>(std::move(items), classes, encoded);
  }

  template <typename... Sources>
  std::unique_ptr<Source> joined(Sources... sources) const {
    std::vector<std::unique_ptr<Source>> all;
    (all.push_back(std::move(sources)), ...);
    return join(std::move(all), path("."));
  }

  static Names read(const Source& source, const std::vector<std::size_t>& wanted) {
    Names all;
    source.read(wanted, [&](std::size_t position, std::string_view bytes) {
      EXPECT_EQ(position, all.size());
      all.emplace_back(bytes);
    });
    return all;
  }
};

TEST_F(JoinTest, SourcesFollowOneAnother) {
  const auto all = joined(source({"a", "b"}), source({"c"}), source({"a"}));
  ASSERT_EQ(all->size(), 4U);
  EXPECT_EQ(all->item(1).name, "b");
  EXPECT_EQ(all->item(2).name, "c");
  EXPECT_EQ(all->item(3).name, "a");
  EXPECT_EQ(all->item(3).label, -1);
  EXPECT_EQ(read(*all, {0, 1, 2, 3}),
            (Names{"bytes of a", "bytes of b", "bytes of c", "bytes of a"}));
}

TEST_F(JoinTest, ItemsAreReadInAnyOrderWithRepeatsAndEachSourceOnce) {
  const Names names = {"a", "b", "c", "d", "e", "f", "g"};
  auto first = source({"a", "b", "c"}), second = source({"d"}), third = source({"e", "f", "g"});
  const std::array<MemorySource*, 3> parts = {first.get(), second.get(), third.get()};
  const auto all = joined(std::move(first), std::move(second), std::move(third));
  Random random(3, Purpose::kSample, 0);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<std::size_t> wanted(random.below(12));
    Names expected;
    for (std::size_t& index : wanted) {
      index = random.below(names.size());
      expected.push_back("bytes of " + names[index]);
    }
    for (MemorySource* part : parts) part->reads = 0;
    EXPECT_EQ(read(*all, wanted), expected);
    for (const MemorySource* part : parts) EXPECT_LE(part->reads, 1);
    EXPECT_TRUE(std::filesystem::is_empty(path("."))) << "nothing stays in the spill folder";
  }
}

TEST_F(JoinTest, InTheirOwnOrderSourcesNeedNoSpill) {
  std::vector<std::unique_ptr<Source>> sources;
  sources.push_back(source({"a", "b"}));
  sources.push_back(source({"c", "d"}));
  const auto all = join(std::move(sources), path("missing"));
  EXPECT_EQ(read(*all, {0, 1, 2, 3}).size(), 4U);
  EXPECT_EQ(read(*all, {3, 2, 1}).size(), 3U);
  EXPECT_THROW(read(*all, {0, 2, 1}), Error);
}

TEST_F(JoinTest, ClassesAreMergedByName) {
  const auto all = joined(source({"a", "b"}, {"cat", "dog"}), source({"c", "d"}, {"ant", "cat"}));
  EXPECT_EQ(all->classes(), (Names{"ant", "cat", "dog"}));
  EXPECT_EQ(all->item(0).label, 1);
  EXPECT_EQ(all->item(1).label, 2);
  EXPECT_EQ(all->item(2).label, 0);
  EXPECT_EQ(all->item(3).label, 1);
}

TEST_F(JoinTest, TheFirstSourcesOrderOfClassesStaysIfItHasThemAll) {
  const auto all = joined(source({"a", "b"}, {"dog", "cat"}), source({"c"}, {"cat"}));
  EXPECT_EQ(all->classes(), (Names{"dog", "cat"}));
  EXPECT_EQ(all->item(2).label, 1);
}

TEST_F(JoinTest, SomeClassesAndNoneDoNotBelongTogether) {
  expect_data_error("some have classes and some have none",
                    [&] { joined(source({"a"}, {"cat"}), source({"b"})); });
}

TEST_F(JoinTest, FilesBesidePixelsAreNotAllFiles) {
  EXPECT_TRUE(joined(source({"a"}, {}, true), source({"b"}, {}, true))->is_encoded());
  EXPECT_FALSE(joined(source({"a"}, {}, true), source({"b"}))->is_encoded());
  EXPECT_FALSE(joined(source({"a"}), source({"b"}, {}, true))->is_encoded());
}

}  // namespace
}  // namespace cs::source
