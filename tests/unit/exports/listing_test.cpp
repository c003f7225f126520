#include "exports/listing.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "core/error.hpp"
#include "support/archives.hpp"
#include "support/shards.hpp"

namespace cs::exports {
namespace {

using test::TemporaryFolder;

class ListingTest : public TemporaryFolder {
 protected:
  store::Dataset images(std::uint64_t count, store::Header header) const {
    test::write_images(path("a.lmdb"), count, header);
    return store::Dataset({path("a.lmdb")});
  }
};

TEST_F(ListingTest, OfRecordsWithoutNamesAndLabelsIsIds) {
  test::write_vectors(path("v.lmdb"), 3, test::image_header(5));
  const store::Dataset set({path("v.lmdb")});
  std::ostringstream out;
  write_list(out, set);
  EXPECT_EQ(out.str(), "#id\tlabel\tclass\tname\n5\t\t\t\n6\t\t\t\n7\t\t\t\n");
}

TEST_F(ListingTest, CannotBeForgedByNames) {
  store::Header header;
  header.columns = {store::label_spec(), store::name_spec()};
  header.classes = {"a\tb", "\x1b[2J"};
  store::Writer writer(path("n.lmdb"), Overwrite::kRefuse, header);
  const std::int32_t labels[] = {0, 1, 7, -1};
  writer.append(store::Column::kLabel, labels, 4);
  for (const char* name : {"x\n9\t0\tcat\ty", "\xff\xc3\xa4", "back\\slash", ""})
    writer.append_bytes(store::Column::kName, name);
  writer.close();
  const store::Dataset set({path("n.lmdb")});
  std::ostringstream out;
  write_list(out, set);
  EXPECT_EQ(out.str(),
            "#id\tlabel\tclass\tname\n"
            "0\t0\ta\\x09b\tx\\x0A9\\x090\\x09cat\\x09y\n"
            "1\t1\t\\x1B[2J\t\\xFF\xc3\xa4\n"
            "2\t7\t\tback\\x5Cslash\n"
            "3\t\t\t\n");
}

TEST_F(ListingTest, StopsWhereTheStreamFails) {
  const store::Dataset set = images(5, test::image_header());
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  write_list(out, set);
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace cs::exports
