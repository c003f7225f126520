#include "store/summary.hpp"

#include <gtest/gtest.h>

#include "core/json.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::store {
namespace {

std::string without_digests(std::string text) {
  for (const char* key : {"set: ", "of: ", "fingerprint: "})
    if (const std::size_t at = text.find(key); at != std::string::npos)
      text.replace(at + std::string(key).size(), 32, "DIGEST");
  return text;
}

TEST(Summary, SaysWhatThereIs) {
  const cs::test::TempDir dir;
  Header header = cs::test::image_header(7);
  header.classes = {"a\nb", "c"};
  header.views = 2;
  header.append_history({{"tool", "test"}});
  cs::test::write_images(dir / "a.lmdb", 3, header);
  EXPECT_EQ(without_digests(summary(Dataset({dir / "a.lmdb"}))),
            "kind: views\nrecords: 3\nfirst: 7\ncolumn: image u8 8 8 3 (raw)\n"
            "column: label i32 (raw)\ncolumn: name u8 (source)\nclasses: a\\x0Ab c\nshards: 1\n"
            "set: DIGEST part 0 of 1\nviews: 2\nfingerprint: DIGEST\n"
            "history: {\"tool\":\"test\"}\n");
}

TEST(Summary, CallsStoredFilesFiles) {
  const cs::test::TempDir dir;
  Header header;
  header.columns = {encoded_image_spec()};
  Writer writer(dir / "a.lmdb", Overwrite::kRefuse, header);
  writer.append_bytes(Column::kImage, "x");
  writer.close();
  EXPECT_EQ(without_digests(summary(Dataset({dir / "a.lmdb"}))),
            "kind: images\nrecords: 1\nfirst: 0\ncolumn: image files of any size (source)\n"
            "shards: 1\nset: DIGEST part 0 of 1\nfingerprint: DIGEST\n");
}

}  // namespace
}  // namespace cs::store
