#include "sample/draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/random.hpp"
#include "source/join.hpp"
#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::sample {
namespace {

using test::items_of;
using test::MemoryItem;
using test::MemorySource;
using test::write_shard;

using test::expect_data_error;
using test::TemporaryFolder;

using Indices = std::vector<std::size_t>;

/// Whether `a` is the first part of `b`.
bool begins(const Indices& b, const Indices& a) {
  return a.size() <= b.size() && std::equal(a.begin(), a.end(), b.begin());
}

class DrawTest : public TemporaryFolder {
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
};

TEST_F(DrawTest, WithoutASelectionAllStayInTheirOrder) {
  EXPECT_EQ(plain_draw(pets(), {}), (Indices{0, 1, 2, 3, 4, 5}));
}

/// The drawn records are part of every result: a change of this test is a change of format.
TEST_F(DrawTest, DrawsAndPartsAreWhatTheyWere) {
  const MemorySource source(items_of(std::vector<int>(12, 0)), {});
  Selection selection;
  selection.count = 6;
  EXPECT_EQ(plain_draw(source, selection, 7), (Indices{7, 5, 0, 4, 2, 3}));
  selection = {};
  selection.split = parse_split("1:1", 0);
  EXPECT_EQ(plain_draw(source, selection, 7), (Indices{0, 2, 4, 5, 6, 8}));
}

/// Else the records of one class, or of one part, would not be those of a draw from all.
TEST_F(DrawTest, UnderConditionsIsTheDrawFromAllLessWhatDoesNotMeetThem) {
  std::vector<MemoryItem> items;
  for (int i = 0; i < 200; ++i) items.push_back({std::to_string(i), i % 3, i});
  const MemorySource source(items, {"ant", "bee", "cow"});
  Selection all;
  all.count = items.size();
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Indices order = plain_draw(source, all, seed);
    for (const char* text : {"class=bee", "class!=ant", "name=*7*,1?", "name!=0"}) {
      Selection some;
      some.where.emplace_back(text);
      Indices expected;
      for (const std::size_t index : order)
        if (some.where[0].holds(source, source.item(index))) expected.push_back(index);
      some.count = expected.size();
      EXPECT_EQ(plain_draw(source, some, seed), expected) << text;
    }
    for (std::size_t part = 0; part < 3; ++part) {
      Selection some;
      some.split = parse_split("5:3:2", part);
      const Indices members = plain_draw(source, some, seed);
      Indices expected;
      for (const std::size_t index : order)
        if (std::binary_search(members.begin(), members.end(), index)) expected.push_back(index);
      some.count = expected.size();
      EXPECT_EQ(plain_draw(source, some, seed), expected) << part;
    }
  }
}

TEST_F(DrawTest, OfAClassUnderConditionsIsThatOfTheClassInADrawFromAllClasses) {
  std::vector<MemoryItem> items;
  for (int i = 0; i < 90; ++i) items.push_back({std::to_string(i), i * i % 3, i});
  const MemorySource source(items, {"ant", "bee"});
  Selection all;
  all.per_class = 20;
  const Indices both = plain_draw(source, all, 3);
  Selection one = all;
  one.where.emplace_back("class=bee");
  Indices expected;
  for (const std::size_t index : both)
    if (source.item(index).label == 1) expected.push_back(index);
  EXPECT_EQ(plain_draw(source, one, 3), expected);
}

TEST_F(DrawTest, ClassesAreDrawnInTurnIfConditionsAllowThem) {
  const auto labels = [](const std::vector<std::string>& texts) {
    const MemorySource source = pets();
    Selection selection;
    selection.per_class = 1;
    for (const std::string& text : texts) selection.where.emplace_back(text).load();
    std::vector<std::int32_t> all;
    for (const std::size_t index : plain_draw(source, selection))
      all.push_back(source.item(index).label);
    return all;
  };
  using Labels = std::vector<std::int32_t>;
  EXPECT_EQ(labels({}), (Labels{0, 1, 2}));
  EXPECT_EQ(labels({"class=dog,two*"}), (Labels{1, 2}));
  EXPECT_EQ(labels({"class!=dog"}), (Labels{0, 2}));
  expect_data_error("hold 0 records of class two words, not the 1 asked for", [&] {
    labels({"name=*.png", "name=a*,b\\,*"});
  });
}

TEST_F(DrawTest, TooFewRecordsAreRefused) {
  const auto attempt = [](std::optional<std::uint64_t> count, std::optional<std::uint64_t> each) {
    Selection selection;
    selection.count = count;
    selection.per_class = each;
    return plain_draw(pets(), selection).size();
  };
  EXPECT_EQ(attempt(6, {}), 6U);
  expect_data_error("hold 6 records, not the 7 asked for", [&] { attempt(7, {}); });
  expect_data_error("hold 1 records of class cat, not the 2", [&] { attempt({}, 2); });
  EXPECT_EQ(attempt(2, 1), 2U);
  expect_data_error("hold 3 records, not the 4", [&] { attempt(4, 1); });
  expect_data_error("have no classes to draw from", [] {
    Selection selection;
    selection.per_class = 1;
    plain_draw(MemorySource(items_of({1}), {}), selection);
  });
}

TEST_F(DrawTest, WhatIsLeftOutIsReplacedAndCountedUpToTheLastDrawn) {
  std::vector<int> images(40, 1);
  images.back() = 2;
  const MemorySource source(items_of(images), {});
  Selection two;
  two.count = 2;
  Selection all;
  all.count = images.size();
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Indices order = plain_draw(source, all, seed);
    const auto place =
        static_cast<std::uint64_t>(std::find(order.begin(), order.end(), 39U) - order.begin());
    PixelFilter unique(true);
    const Drawn drawn = draw(source, two, seed, unique);
    EXPECT_EQ(drawn.indices, (Indices{order[0], place == 0 ? order[1] : 39U}));
    EXPECT_EQ(drawn.repeats, place == 0 ? 0 : place - 1);
    EXPECT_EQ(drawn.excluded, 0U);
  }
  PixelFilter too_few(true);
  two.count = 3;
  expect_data_error("hold 2 records", [&] { draw(source, two, 3, too_few); });
  PixelFilter whole(true);
  const Drawn drawn = draw(source, {}, 3, whole);
  EXPECT_EQ(drawn.indices, (Indices{0, 39}));
  EXPECT_EQ(drawn.repeats, 38U);
}

TEST_F(DrawTest, CountsExcludedAndRepeatedRecordsApart) {
  write_shard(MemorySource(items_of({5, 6}), {}), path("excluded.lmdb"));
  const MemorySource source(items_of({5, 1, 1, 6, 5, 2, 1}), {});
  PixelFilter filter(true);
  filter.exclude(store::Dataset({path("excluded.lmdb")}));
  const Drawn drawn = draw(source, {}, 0, filter);
  EXPECT_EQ(drawn.indices, (Indices{1, 5}));
  EXPECT_EQ(drawn.excluded, 3U);
  EXPECT_EQ(drawn.repeats, 2U);
}

/// What is looked at for one class must not depend on how many are wanted of another.
TEST_F(DrawTest, DrawsByClassNestWhereClassesShareImages) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed, Purpose::kSynth, 0);
    std::vector<MemoryItem> items;
    for (int i = 0; i < 60; ++i)
      items.push_back({std::to_string(i), static_cast<std::int32_t>(i % 2),
                       static_cast<int>(random.below(16))});
    const MemorySource source(items, {"cat", "dog"});
    Indices last;
    for (std::uint64_t n = 1; n <= 4; ++n) {
      Selection selection;
      selection.per_class = n;
      PixelFilter unique(true);
      const Indices drawn = draw(source, selection, seed, unique).indices;
      EXPECT_TRUE(begins(drawn, last)) << seed << ": " << n;
      last = drawn;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 800U);
}

// --- properties over random sets -------------------------------------------------------------

/// A set with repeated pixels, several classes, records without, images that do not decode; a shard
/// of some of its images to exclude; conditions, a part of a split.
class RandomSet {
 public:
  RandomSet(int trial, const std::filesystem::path& excluded_path)
      : random_(11, Purpose::kSample, static_cast<std::uint64_t>(trial)) {
    const std::size_t sources = 1 + random_.below(3);
    const auto classes = static_cast<std::int32_t>(1 + random_.below(3));
    const std::vector<std::string> names = {"ant", "bee", "cow"};
    std::vector<std::unique_ptr<source::Source>> parts;
    for (std::size_t s = 0; s < sources; ++s) {
      std::vector<MemoryItem> items(10 + random_.below(30));
      for (MemoryItem& item : items) {
        item.name = std::to_string(s) + "/" + std::to_string(random_.below(1000)) + ".png";
        item.label =
            static_cast<std::int32_t>(random_.below(static_cast<std::uint64_t>(classes) + 1)) - 1;
        item.image = static_cast<int>(random_.below(25)) - 1;
        all_.push_back(item);
      }
      parts.push_back(std::make_unique<MemorySource>(
          items, std::vector<std::string>(names.begin(), names.begin() + classes)));
    }
    source_ = source::join(std::move(parts), excluded_path.parent_path());
    if (random_.chance(0.6)) exclude(excluded_path);
    unique_ = random_.chance(0.5);
    if (random_.chance(0.3)) selection_.where.emplace_back("class!=ant*,?n?");
    if (random_.chance(0.3)) selection_.where.emplace_back("name!=*/1*,*/2?.png");
    if (classes == 1) selection_.where.clear();
    if (random_.chance(0.3)) selection_.split = parse_split("3:1:2", random_.below(3));
  }

  const source::Source& source() const { return *source_; }
  const MemoryItem& item(std::size_t index) const { return all_.at(index); }
  const std::set<int>& excluded() const { return excluded_; }
  bool unique() const { return unique_; }
  const Selection& selection() const { return selection_; }

  /// Nothing if there are too few.
  std::optional<Indices> drawn(Selection selection, std::uint64_t seed, int threads = 1) const {
    PixelFilter filter(unique_, {0, threads});
    if (!excluded_.empty()) filter.exclude(store::Dataset({excluded_path_}));
    try {
      return draw(*source_, selection, seed, filter).indices;
    } catch (const DataError&) {
      return std::nullopt;
    }
  }

 private:
  void exclude(const std::filesystem::path& excluded_path) {
    std::vector<int> images;
    for (int i = 0; i < 4; ++i) images.push_back(static_cast<int>(random_.below(30)));
    write_shard(MemorySource(items_of(images), {}), excluded_path);
    excluded_.insert(images.begin(), images.end());
    excluded_path_ = excluded_path;
  }

  Random random_;
  std::vector<MemoryItem> all_;
  std::unique_ptr<source::Source> source_;
  std::filesystem::path excluded_path_;
  std::set<int> excluded_;
  bool unique_ = false;
  Selection selection_;
};

constexpr int kTrials = 60;

void expect_allowed(const RandomSet& set, const Indices& drawn) {
  std::set<int> images;
  std::set<std::size_t> indices;
  for (const std::size_t index : drawn) {
    EXPECT_TRUE(indices.insert(index).second) << "a record twice";
    const int image = set.item(index).image;
    EXPECT_EQ(set.excluded().count(image), 0U) << "an excluded image";
    const bool repeats = image >= 0 && !images.insert(image).second;
    EXPECT_FALSE(set.unique() && repeats) << "an image twice";
    const source::Item item = set.source().item(index);
    for (const Condition& condition : set.selection().where)
      EXPECT_TRUE(condition.holds(set.source(), item));
  }
}

TEST_F(DrawTest, OfRandomSetsASmallDrawIsTheFirstPartOfALargerOne) {
  std::size_t compared = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    SCOPED_TRACE(trial);
    const RandomSet set(trial, path("excluded.lmdb"));
    for (const bool by_class : {false, true}) {
      Selection selection = set.selection();
      std::optional<Indices> larger;
      for (std::uint64_t n = 40; n > 0; --n) {
        (by_class ? selection.per_class : selection.count) = n;
        const auto drawn = set.drawn(selection, 5);
        if (!drawn) {
          EXPECT_FALSE(larger) << "a smaller draw failed";
          continue;
        }
        expect_allowed(set, *drawn);
        EXPECT_TRUE(by_class || drawn->size() == n) << drawn->size();
        EXPECT_TRUE(!larger || begins(*larger, *drawn)) << n;
        compared += larger ? 1 : 0;
        larger = drawn;
      }
    }
  }
  EXPECT_GT(compared, 500U);
}

TEST_F(DrawTest, OfRandomSetsADrawByClassCutToACountNestsInBothNumbers) {
  std::size_t compared = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    SCOPED_TRACE(trial);
    const RandomSet set(trial, path("excluded.lmdb"));
    Selection selection = set.selection();
    for (selection.per_class = 1; *selection.per_class < 4; ++*selection.per_class) {
      selection.count.reset();
      const auto whole = set.drawn(selection, 5);
      for (selection.count = 1; whole && *selection.count <= whole->size(); ++*selection.count) {
        const auto part = set.drawn(selection, 5);
        ASSERT_TRUE(part);
        EXPECT_EQ(part->size(), *selection.count);
        EXPECT_TRUE(begins(*whole, *part));
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 100U);
}

TEST_F(DrawTest, OfRandomSetsADrawIsFairToClassesAndNothingDependsOnThreads) {
  for (int trial = 0; trial < kTrials; ++trial) {
    SCOPED_TRACE(trial);
    const RandomSet set(trial, path("excluded.lmdb"));
    Selection selection = set.selection();
    selection.per_class = 2;
    const auto drawn = set.drawn(selection, 5);
    EXPECT_EQ(set.drawn(selection, 5, 3), drawn);
    std::map<std::int32_t, int> of_class;
    if (drawn)
      for (const std::size_t index : *drawn) ++of_class[set.item(index).label];
    EXPECT_EQ(of_class.count(-1), 0U);
    for (const auto& [label, n] : of_class) EXPECT_EQ(n, 2) << label;
  }
}

TEST_F(DrawTest, OfRandomSetsThePartsOfASplitAreDisjointCompleteAndTheSameUnderConditions) {
  for (int trial = 0; trial < kTrials; ++trial) {
    SCOPED_TRACE(trial);
    const RandomSet set(trial, path("excluded.lmdb"));
    std::vector<int> part_of(set.source().size(), -1);
    const std::string text = trial % 2 == 0 ? "5:2:1" : "1:1";
    const std::size_t parts = trial % 2 == 0 ? 3 : 2;
    for (std::size_t part = 0; part < parts; ++part) {
      Selection all;
      all.split = parse_split(text, part);
      for (const std::size_t index : plain_draw(set.source(), all, 9)) {
        EXPECT_EQ(part_of[index], -1);
        part_of[index] = static_cast<int>(part);
      }
      Selection some = set.selection();
      some.split = all.split;
      some.count = 3;
      for (const std::size_t index : set.drawn(some, 9).value_or(Indices()))
        EXPECT_EQ(part_of[index], static_cast<int>(part));
    }
    EXPECT_EQ(std::count(part_of.begin(), part_of.end(), -1), 0);
  }
}

}  // namespace
}  // namespace cs::sample
