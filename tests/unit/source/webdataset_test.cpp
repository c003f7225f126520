#include "source/kinds.hpp"

#include <gtest/gtest.h>

#include "support/operands.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::labels_of;
using test::names_of;

using Names = std::vector<std::string>;
using Labels = std::vector<std::int32_t>;

class WebDatasetTest : public test::SourceFolder {};

TEST_F(WebDatasetTest, TextsBesideImagesAreClasses) {
  const std::vector<TarMember> members = {{"s/b.png", "x"},     {"s/b.cls", " 10\r\n"},
                                          {"s/a.seg.png", "y"}, {"s/a.png", "z"},
                                          {"s/a.cls", "9"},     {"s/c.cls", "unused"}};
  for (const TarMember& member : members) write("set/" + member.name, member.bytes);
  write_tar("a.tar", members);
  for (const char* name : {"set", "a.tar"}) {
    const auto source = open(kWebDataset, name, "s");
    EXPECT_EQ(names_of(*source), (Names{"a.png", "a.seg.png", "b.png"}));
    EXPECT_EQ(labels_of(*source), (Labels{0, 0, 1}));
    EXPECT_EQ(source->classes(), (Names{"9", "10", "unused"}));
    EXPECT_TRUE(remarks().empty());
  }
}

TEST_F(WebDatasetTest, AnImageWithoutItsTextIsRefused) {
  const auto refused = [&](const std::string& what, const std::vector<TarMember>& members) {
    write_tar("a.tar", members);
    expect_data_error(what, [&] { open(kWebDataset, "a.tar"); });
  };
  refused("'b.png' has no class in a .cls beside it",
          {{"a.png", "x"}, {"a.cls", "1"}, {"b.png", "y"}});
  refused("'b.png' has no class",
          {{"a.png", "x"}, {"a.cls", "1"}, {"b.png", "y"}, {"b.cls", " \n"}});
  refused("is over 4 KiB", {{"a.png", "x"}, {"a.cls", std::string(4097, '1')}});
}

TEST_F(WebDatasetTest, IsRecognizedUnderThePrefixAndOnlyForLabels) {
  write_tar("a.tar", {{"a/1.png", "x"}, {"b/1.cls", "1"}});
  EXPECT_TRUE(recognized(kWebDataset, "a.tar"));
  EXPECT_TRUE(recognized(kWebDataset, "a.tar", "b"));
  EXPECT_FALSE(recognized(kWebDataset, "a.tar", "a"));
  EXPECT_FALSE(recognized(kWebDataset, "a.tar", "", false));
}

}  // namespace
}  // namespace cs::source
