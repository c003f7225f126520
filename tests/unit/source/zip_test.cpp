#include <gtest/gtest.h>

#include <cstring>

#include "source/files.hpp"
#include "support/archives.hpp"

namespace cs::source {
namespace {

using test::expect_data_error;
using test::read_all;
using test::TemporaryFolder;

using Names = std::vector<std::string>;

constexpr const char* kRecordMark = "PK\1\2";

class ZipTest : public TemporaryFolder {
 protected:
  std::unique_ptr<Files> open(const std::string& bytes) const {
    return open_zip(write("a.zip", bytes), path("."));
  }
  /// A zip of 1.png (5000 times x) and 2.png ("two").
  std::string zip(const char* compression = "store") const {
    return read_file(
        write_zip("a.zip", {{"1.png", std::string(5000, 'x')}, {"2.png", "two"}}, compression));
  }
  /// `bytes` with a number at `field` of the first record of the directory.
  template <typename Number>
  static std::string with(std::string bytes, std::size_t field, Number number) {
    std::memcpy(&bytes[bytes.find(kRecordMark) + field], &number, sizeof(number));
    return bytes;
  }
};

TEST_F(ZipTest, MembersAreReadInAnyOrder) {
  for (const char* compression : {"store", "deflate"}) {
    const auto files = open(zip(compression));
    ASSERT_EQ(files->entries().size(), 2U);
    EXPECT_EQ(files->entries()[1].name, "2.png");
    EXPECT_EQ(read_all(*files, {1, 0, 1}), (Names{"two", std::string(5000, 'x'), "two"}));
    EXPECT_EQ(files->open(1)->read(0, 3), "two");
  }
}

TEST_F(ZipTest, ManyMembersAreListedBlockByBlock) {
  std::vector<TarMember> members;
  for (int i = 0; i < 20'000; ++i)
    members.push_back({"a folder of a long name/" + std::to_string(i) + ".png", std::to_string(i)});
  const auto files = open_zip(write_zip("a.zip", members, "store"), path("."));
  ASSERT_EQ(files->entries().size(), 20'000U);
  EXPECT_EQ(read_all(*files, {19'999, 0, 12'345}), (Names{"19999", "0", "12345"}));
}

TEST_F(ZipTest, NumbersThatDoNotFitStandInTheExtraField) {
  std::string bytes = zip("deflate");
  const std::size_t record = bytes.find(kRecordMark);
  const auto at = [&](std::size_t offset, std::size_t length) {
    return bytes.substr(offset, length);
  };
  const std::string zeros(4, '\0');
  const std::string extra = std::string("\1\0\x18\0", 4) + at(record + 24, 4) + zeros +
                            at(record + 20, 4) + zeros + at(record + 42, 4) + zeros;
  for (const std::size_t field : {20U, 24U, 42U}) bytes.replace(record + field, 4, 4, '\xFF');
  const auto add = [&](std::size_t offset) {  // to a number of two bytes
    std::uint16_t number = 0;
    std::memcpy(&number, &bytes[offset], 2);
    number = static_cast<std::uint16_t>(number + extra.size());
    std::memcpy(&bytes[offset], &number, 2);
  };
  add(record + 30);
  bytes.insert(record + 46 + std::string("1.png").size(), extra);
  add(bytes.rfind("PK\5\6") + 12);
  EXPECT_EQ(read_all(*open(bytes), {0, 1}), (Names{std::string(5000, 'x'), "two"}));
}

TEST_F(ZipTest, AFlippedByteInAMemberIsFound) {
  for (const char* compression : {"store", "deflate"}) {
    std::string bytes = zip(compression);
    std::uint16_t name = 0, extra = 0;
    std::memcpy(&name, &bytes[26], 2);
    std::memcpy(&extra, &bytes[28], 2);
    const std::size_t at = 30U + name + extra + 5;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    const auto files = open(bytes);
    EXPECT_THROW(read_all(*files, {0}), DataError) << compression;
    EXPECT_EQ(read_all(*files, {1}), (Names{"two"}));
  }
}

TEST_F(ZipTest, AMemberThatLiesAboutItsSizeIsRefused) {
  for (const char* compression : {"store", "deflate"})
    for (const std::uint32_t size : {0U, 1U, 4999U, 5001U, 0x0FFFFFFFU, 0xFFFFFFFFU})
      EXPECT_THROW(read_all(*open(with(zip(compression), 24, size)), {0}), DataError) << size;
  for (const std::uint32_t packed : {0U, 1U, 0x0FFFFFFFU, 0xFFFFFFFFU})
    EXPECT_THROW(read_all(*open(with(zip("deflate"), 20, packed)), {0}), DataError) << packed;
}

TEST_F(ZipTest, AMemberThatIsElsewhereIsRefused) {
  for (const std::uint32_t place : {1U, 5000U, 0x0FFFFFFFU, 0xFFFFFFFFU})
    EXPECT_THROW(read_all(*open(with(zip(), 42, place)), {0}), DataError) << place;
}

TEST_F(ZipTest, EncryptedAndStrangelyPackedMembersAreNamed) {
  expect_data_error("the member '1.png' is encrypted",
                    [&] { read_all(*open(with(zip(), 8, std::uint16_t{1})), {0}); });
  expect_data_error("is packed by method 12",
                    [&] { read_all(*open(with(zip(), 10, std::uint16_t{12})), {0}); });
}

TEST_F(ZipTest, LinksAreNoFilesAndNamesNeverLeadOutside) {
  std::string bytes = with(zip(), 38, std::uint32_t{0120777} << 16U);
  bytes[bytes.find(kRecordMark) + 5] = 3;  // made by Unix
  EXPECT_FALSE(open(bytes)->entries()[0].regular);
  EXPECT_TRUE(open(bytes)->entries()[1].regular);
  for (const char* name : {"../ab", "/a.bc", "a/../"}) {
    bytes = zip();
    bytes.replace(bytes.find(kRecordMark) + 46, 5, name);
    expect_data_error("is absolute or leads outside", [&] { open(bytes); });
  }
}

TEST_F(ZipTest, AZipCutAnywhereIsRefused) {
  const std::string whole = zip("deflate");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(open(whole.substr(0, size)), DataError) << size;
  EXPECT_THROW(open(whole + "x"), DataError);
  EXPECT_FALSE(is_zip(write("short", "PK")));
  EXPECT_FALSE(is_zip(path("missing").string()));
}

TEST_F(ZipTest, RandomDamageOfTheDirectoryNeverCrashes) {
  const std::string whole = zip("deflate");
  const std::size_t begin = whole.find(kRecordMark);
  for (std::size_t at = begin; at < whole.size(); ++at)
    for (const int mask : {0x01, 0x55, 0xFF}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      try {
        const auto files = open(damaged);
        for (std::size_t i = 0; i < files->entries().size(); ++i) read_all(*files, {i});
      } catch (const DataError&) {
      }
    }
}

}  // namespace
}  // namespace cs::source
