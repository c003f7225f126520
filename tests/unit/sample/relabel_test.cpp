#include "sample/relabel.hpp"

#include <gtest/gtest.h>

#include "support/archives.hpp"
#include "support/memory_source.hpp"

namespace cs::sample {
namespace {

using test::items_of;
using test::MemoryItem;
using test::MemorySource;

using test::expect_data_error;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

class RelabelTest : public TemporaryFolder {
 protected:
  /// Items a, b, c, d of the classes dog, cat, dog and none, in an order of their own.
  static std::unique_ptr<source::Source> pets() {
    return std::make_unique<MemorySource>(
        std::vector<MemoryItem>{{"a", 0}, {"b", 1}, {"c", 0}, {"d", -1}}, Names{"dog", "cat"});
  }

  std::unique_ptr<source::Source> relabeled(const std::string& text,
                                            std::unique_ptr<source::Source> source = pets()) const {
    return relabel(std::move(source), RecordTable(write("table.tsv", text)));
  }

  /// The class of every item, "" for none.
  static Names classes_of(const source::Source& source) {
    Names all;
    for (std::size_t i = 0; i < source.size(); ++i) {
      const std::int32_t label = source.item(i).label;
      all.push_back(label < 0 ? "" : source.classes().at(static_cast<std::size_t>(label)));
    }
    return all;
  }
};

TEST_F(RelabelTest, RecordsGetTheClassesThatATableGivesThem) {
  const auto source = relabeled("#name\tclass\nb\tfox\nd\tdog\nunknown\tcat\n");
  EXPECT_EQ(classes_of(*source), (Names{"dog", "fox", "dog", "dog"}));
  EXPECT_EQ(source->classes(), (Names{"cat", "dog", "fox"}));
  EXPECT_EQ(source->item(3).name, "d");
}

TEST_F(RelabelTest, TheOldClassesGoIfNoRecordKeepsOne) {
  const auto source = relabeled("#class\tname\n1\ta\n2\tb\n10\tc\n");
  EXPECT_EQ(source->classes(), (Names{"1", "2", "10"}));
  EXPECT_EQ(classes_of(*source), (Names{"1", "2", "10", ""}));
}

TEST_F(RelabelTest, TheOrderStaysIfNoClassIsNew) {
  EXPECT_EQ(relabeled("#name\tclass\na\tcat\n")->classes(), (Names{"dog", "cat"}));
  EXPECT_EQ(relabeled("#name\tclass\na\tcat\nb\tcat\nc\tcat\n")->classes(), (Names{"dog", "cat"}));
  EXPECT_EQ(relabeled("#class\tnew\ncat\tdog\ndog\tcat\n")->classes(), (Names{"dog", "cat"}));
}

TEST_F(RelabelTest, ClassesAreRenamedMergedAndTakenAway) {
  const auto renamed = relabeled("#class\tnew\ndog\tanimal\n");
  EXPECT_EQ(renamed->classes(), (Names{"animal", "cat"}));
  EXPECT_EQ(classes_of(*renamed), (Names{"animal", "cat", "animal", ""}));
  const auto merged = relabeled("#class\tnew\ndog\tanimal\ncat\tanimal\n");
  EXPECT_EQ(merged->classes(), (Names{"animal"}));
  EXPECT_EQ(classes_of(*merged), (Names{"animal", "animal", "animal", ""}));
  EXPECT_EQ(classes_of(*relabeled("#class\tnew\ncat\t\n")), (Names{"dog", "", "dog", ""}));
  EXPECT_EQ(classes_of(*relabeled("#name\tclass\nc\t\n")), (Names{"dog", "cat", "", ""}));
  EXPECT_EQ(classes_of(*relabeled("#class\tnew\ncat\tdog\ndog\tcat\n")),
            (Names{"cat", "dog", "cat", ""}));
}

TEST_F(RelabelTest, AListingOfASetGivesItsClassesBack) {
  const std::string listing =
      "#id\tlabel\tclass\tname\n7\t0\ttwo\\x0Alines\ta\\x09b\n8\t1\tback\\x5Cslash\tc\n";
  const auto source =
      relabeled(listing, std::make_unique<MemorySource>(
                             std::vector<MemoryItem>{{"a\tb", -1}, {"c", -1}, {"e", -1}}, Names{}));
  EXPECT_EQ(classes_of(*source), (Names{"two\nlines", "back\\slash", ""}));
  const auto again = relabeled(
      "#class\tnew\ntwo\\x0Alines\t\\x\nback\\x5Cslash\t\\xZZ\\x4\n",
      relabeled(listing,
                std::make_unique<MemorySource>(std::vector<MemoryItem>{{"a\tb"}, {"c"}}, Names{})));
  EXPECT_EQ(classes_of(*again), (Names{"\\x", "\\xZZ\\x4"}));
}

TEST_F(RelabelTest, ASetWithoutClassesGetsSome) {
  const auto source = relabeled("#name\tclass\n1\tx\n",
                                std::make_unique<MemorySource>(items_of({5, 6, 7}), Names{}));
  EXPECT_EQ(source->classes(), (Names{"x"}));
  EXPECT_EQ(classes_of(*source), (Names{"", "x", ""}));
}

TEST_F(RelabelTest, PixelsAndBytesAreTheSource) {
  const auto source = relabeled("#name\tclass\nb\tx\n");
  int taken = 0;
  source->read({2}, [&](std::size_t position, std::string_view bytes) {
    EXPECT_EQ(position, 0U);
    EXPECT_EQ(bytes, "bytes of c");
    EXPECT_FALSE(source->decode(2, bytes).empty());
    ++taken;
  });
  EXPECT_EQ(taken, 1);
  EXPECT_FALSE(source->is_encoded());
}

TEST_F(RelabelTest, FaultyTablesAreRefused) {
  expect_data_error("gives 'a' two classes", [&] { relabeled("#name\tclass\na\tx\na\ty\n"); });
  EXPECT_NO_THROW(relabeled("#name\tclass\na\tx\na\tx\n"));
  expect_data_error("gives 'cat' two classes", [&] { relabeled("#class\tnew\ncat\tx\ncat\ty\n"); });
  EXPECT_NO_THROW(relabeled("#class\tnew\ncat\tx\ncat\tx\n"));
  expect_data_error("the class 'fox', which the sources do not have",
                    [&] { relabeled("#class\tnew\nfox\tx\n"); });
  expect_data_error("names no record", [&] { relabeled("#name\tclass\nx/a\tcat\n"); });
  expect_data_error("names no record", [&] { relabeled("#name\tclass\n"); });
  expect_data_error("no column 'class'", [&] { relabeled("a\nb\n"); });
  expect_data_error("no column 'name'", [&] { relabeled("#class\tlabel\ncat\tx\n"); });
  expect_data_error("no column 'class'", [&] { relabeled("#name\tnew\na\tx\n"); });
}

}  // namespace
}  // namespace cs::sample
