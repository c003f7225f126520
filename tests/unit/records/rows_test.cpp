#include "records/rows.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "support/archives.hpp"
#include "support/shards.hpp"

namespace cs::records {
namespace {

using test::TemporaryFolder;

class RowsTest : public TemporaryFolder {
 protected:
  store::Dataset images(std::uint64_t count, store::Header header) const {
    test::write_images(path("a.lmdb"), count, header);
    return store::Dataset({path("a.lmdb")});
  }
};

TEST_F(RowsTest, FollowOneAnotherToTheLast) {
  const store::Dataset set = images(2500, test::image_header(90));
  Rows rows(set);
  for (std::uint64_t id = 90; id < 2590; ++id) {
    const Row& row = rows.next();
    ASSERT_EQ(row.id, id);
    ASSERT_EQ(row.label, test::label_of(id));
    ASSERT_EQ(row.name, test::record_name(id));
  }
  EXPECT_THROW(rows.next(), DataError);
}

}  // namespace
}  // namespace cs::records
