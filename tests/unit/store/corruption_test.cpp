// Injured shards: every one must be refused with a DataError, whatever byte was hit.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/random.hpp"
#include "store/reader.hpp"
#include "support/shards.hpp"
#include "support/temp_dir.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;

enum class Kind { kImages, kVectors };

class Corruption : public testing::TestWithParam<Kind> {
 protected:
  Corruption() {
    if (GetParam() == Kind::kImages) {
      cs::test::write_images(dir_ / "good.lmdb", 700);  // 7 pages of tree, 4 chunks
    } else {
      Header header;
      header.of = digest("images");
      header.victim = "pixels";
      cs::test::write_vectors(dir_ / "good.lmdb", 2000, header, 32);
    }
    good_ = read_file(dir_ / "good.lmdb");
  }

  std::filesystem::path put(const std::string& bytes) {
    std::filesystem::remove(dir_ / "bad.lmdb");  // ext4 syncs a file that was cut and written anew
    std::ofstream(dir_ / "bad.lmdb", std::ios::binary) << bytes;
    return dir_ / "bad.lmdb";
  }

  TempDir dir_;
  std::string good_;
  Random random_{11, Purpose::kSample, 0};
};
INSTANTIATE_TEST_SUITE_P(Shards, Corruption, testing::Values(Kind::kImages, Kind::kVectors),
                         [](const auto& p) {
                           return p.param == Kind::kImages ? "Images" : "Vectors";
                         });

TEST_P(Corruption, OfNothingIsAccepted) { EXPECT_NO_THROW(Reader(put(good_)).check_records()); }

TEST_P(Corruption, OfAnyOneByteIsRefused) {
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good_;
    const std::size_t at = random_.below(bad.size());
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random_.below(255)));
    EXPECT_THROW(Reader{put(bad)}, DataError) << "byte " << at;
  }
}

TEST_P(Corruption, OfTheTrailerIsRefused) {
  for (std::size_t at = good_.size() - 24; at < good_.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good_;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_THROW(Reader{put(bad)}, DataError) << "byte " << at;
      if (at < good_.size() - 8) {
        EXPECT_THROW(Reader(put(bad), Verify::kLength), DataError) << "byte " << at;
      } else {
        EXPECT_NO_THROW(Reader(put(bad), Verify::kLength).check_records());  // only the sum is hit
      }
    }
}

TEST_P(Corruption, ByCuttingIsRefused) {
  for (int i = 0; i < 300; ++i) {
    const std::size_t length =
        i < 60 ? good_.size() - 1 - static_cast<std::size_t>(i) : random_.below(good_.size());
    const std::string bad = good_.substr(0, length);
    EXPECT_THROW(Reader{put(bad)}, DataError) << length;
    EXPECT_THROW(Reader(put(bad), Verify::kLength), DataError) << length;
  }
}

TEST_P(Corruption, ByAppendingIsRefused) {
  for (int i = 0; i < 100; ++i) {
    std::string bad = good_;
    for (std::uint64_t n = 1 + random_.below(100); n > 0; --n)
      bad += static_cast<char>(random_.bits());
    EXPECT_THROW(Reader{put(bad)}, DataError);
    EXPECT_THROW(Reader(put(bad), Verify::kLength), DataError);
  }
  EXPECT_THROW(Reader{put(good_ + good_)}, DataError);
  EXPECT_THROW(Reader{put(good_ + good_.substr(good_.size() - 24))}, DataError);
}

TEST_P(Corruption, BySwappingOrLosingPagesIsRefused) {
  const std::size_t pages = good_.size() / 4096;
  for (int i = 0; i < 200; ++i) {
    const std::size_t a = random_.below(pages) * 4096;
    const std::size_t b = random_.below(pages) * 4096;
    std::string swapped = good_;
    swapped.replace(a, 4096, good_, b, 4096);
    swapped.replace(b, 4096, good_, a, 4096);
    if (swapped != good_) {
      EXPECT_THROW(Reader{put(swapped)}, DataError) << a << " " << b;
    }
    std::string zeroed = good_;
    zeroed.replace(a, 4096, 4096, '\0');
    if (zeroed != good_) {
      EXPECT_THROW(Reader{put(zeroed)}, DataError) << a;
    }
  }
}

TEST_P(Corruption, OfPixelsThatLeavesTheSumUncheckedIsFoundByCheckRecords) {
  // Under --no-verify the frame or the fingerprint tells, as long as LMDB's tree is whole: only
  // bytes of values are hit here, since a hit tree page may kill the process (hence the checksum).
  const std::size_t chunk = good_.find("\x28\xB5\x2F\xFD");  // the first zstd frame
  ASSERT_NE(chunk, std::string::npos);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good_;
    const std::size_t at = chunk + random_.below(4000);
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random_.below(255)));
    const auto path = put(bad);
    EXPECT_THROW(Reader(path, Verify::kLength).check_records(), DataError) << at;
  }
}

}  // namespace
}  // namespace cs::store
