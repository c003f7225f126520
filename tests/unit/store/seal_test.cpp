#include "store/seal.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/hash.hpp"
#include "support/file_limit.hpp"
#include "support/temp_dir.hpp"
#include "support/thrown.hpp"

namespace cs::store {
namespace {

using cs::test::TempDir;
using cs::test::thrown;

std::filesystem::path put(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);  // ext4 syncs a file that was cut and written anew
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string sealed(const TempDir& dir, const std::string& bytes) {
  const auto path = put(dir / "to-seal", bytes);
  seal(path, bytes.size());
  return read_file(path);
}

TEST(Seal, AppendsTheTrailerOfTheManualPage) {
  const TempDir dir;
  const std::string bytes = sealed(dir, "hello");
  ASSERT_EQ(bytes.size(), 29U);
  EXPECT_EQ(bytes.substr(0, 21), "helloCSSHARD1" + std::string("\5\0\0\0\0\0\0\0", 8));
  Checksum sum;
  sum.update(bytes.data(), 21);
  std::string expected;
  for (unsigned i = 0; i < 8; ++i) expected += static_cast<char>(sum.value() >> (8 * i) & 0xFFU);
  EXPECT_EQ(bytes.substr(21), expected);
}

TEST(Seal, CutsTheFileToTheLengthGivenOrExtendsIt) {
  const TempDir dir;
  const auto path = put(dir / "f", "hello");
  seal(path, 3);
  EXPECT_EQ(read_file(path).substr(0, 11), "helCSSHARD1");
  put(path, "hello");
  seal(path, 7);
  EXPECT_EQ(read_file(path).substr(0, 15), std::string("hello\0\0CSSHARD1", 15));
  EXPECT_NO_THROW(check_seal(path, Verify::kAll));
}

TEST(CheckSeal, AcceptsWhatWasSealedAtAnySize) {
  const TempDir dir;
  for (const std::size_t size : {0U, 1U, 4096U, (1U << 20U) - 1, 1U << 20U, (1U << 20U) + 1}) {
    put(dir / "f", sealed(dir, std::string(size, 'x')));
    EXPECT_NO_THROW(check_seal(dir / "f", Verify::kAll)) << size;
  }
}

TEST(CheckSeal, RefusesEveryFlippedBit) {
  const TempDir dir;
  const std::string good = sealed(dir, "some bytes to be sealed");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    put(dir / "f", bad);
    EXPECT_THROW(check_seal(dir / "f", Verify::kAll), DataError) << bit;
    if (bit / 8 >= good.size() - 24 && bit / 8 < good.size() - 8) {
      EXPECT_THROW(check_seal(dir / "f", Verify::kLength), DataError) << bit;
    } else {
      EXPECT_NO_THROW(check_seal(dir / "f", Verify::kLength)) << bit;
    }
  }
}

TEST(CheckSeal, RefusesEveryOtherLength) {
  const TempDir dir;
  const std::string good = sealed(dir, "some bytes to be sealed");
  for (const Verify verify : {Verify::kAll, Verify::kLength}) {
    for (std::size_t n = 0; n < good.size(); ++n) {
      put(dir / "f", good.substr(0, n));
      EXPECT_THROW(check_seal(dir / "f", verify), DataError) << n;
      put(dir / "f", good.substr(good.size() - n));
      EXPECT_THROW(check_seal(dir / "f", verify), DataError) << n;
    }
    for (const std::string& tail : {std::string("x"), std::string(24, '\0'), good}) {
      put(dir / "f", good + tail);
      EXPECT_THROW(check_seal(dir / "f", verify), DataError);
    }
  }
}

TEST(CheckSeal, SaysWhatIsWrong) {
  const TempDir dir;
  const std::string good = sealed(dir, "some bytes to be sealed");
  const auto message = [&](const std::string& bytes) {
    return thrown<DataError>([&] { check_seal(put(dir / "f", bytes), Verify::kAll); });
  };
  EXPECT_NE(message("plain text").find("is not a sealed shard"), std::string::npos);
  EXPECT_NE(message(good.substr(1)).find("is truncated or has grown"), std::string::npos);
  EXPECT_NE(message("S" + good.substr(1)).find("its checksum does not match"), std::string::npos);
}

TEST(CheckSeal, TellsAMissingFileFromABadOne) {
  const TempDir dir;
  EXPECT_THROW(check_seal(dir.path(), Verify::kAll), DataError);
  const std::string message = thrown<Error>([&] { check_seal(dir / "none", Verify::kAll); });
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST(Seal, SaysThatTheDiskIsFull) {
  const TempDir dir;
  const auto path = put(dir / "f", std::string(1000, 'x'));
  const cs::test::FileSizeLimit limit(1010);
  const std::string message = thrown<Error>([&] { seal(path, 1000); });
  EXPECT_NE(message.find("cannot write"), std::string::npos) << message;
  EXPECT_EQ(message.find("Success"), std::string::npos) << message;
}

}  // namespace
}  // namespace cs::store
