#include "exports/tar_writer.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "source/files.hpp"
#include "support/archives.hpp"
#include "support/file_limit.hpp"
#include "support/thrown.hpp"

namespace cs::exports {
namespace {

using test::TemporaryFolder;

using TarWriterTest = TemporaryFolder;

TEST_F(TarWriterTest, EqualMembersMakeEqualArchivesThatReadBack) {
  const std::string large(300'000, 'x');
  for (const char* name : {"a.tar", "b.tar"}) {
    TarWriter tar(path(name));
    tar.add("0.png", large);
    tar.add("0.cls", "");
    tar.add("1.png", "y");
    EXPECT_FALSE(std::filesystem::exists(path(name)));
    tar.close();
  }
  EXPECT_EQ(read_file(path("a.tar")), read_file(path("b.tar")));
  const auto files = source::open_archive(path("a.tar").string(), path("."));
  ASSERT_EQ(files->entries().size(), 3U);
  EXPECT_EQ(files->entries()[2].name, "1.png");
  files->read({0, 2}, [&](std::size_t position, std::string_view bytes) {
    EXPECT_EQ(bytes, position == 0 ? large : "y");
  });
}

TEST_F(TarWriterTest, MembersHaveNoTimeAndNoOwner) {
  TarWriter tar(path("a.tar"));
  tar.add("0.cls", "7");
  tar.close();
  const std::string bytes = read_file(path("a.tar"));
  const std::string nobody("000000 \0", 8);
  EXPECT_EQ(bytes.substr(100, 48),
            std::string("000644 \0", 8) + nobody + nobody + "00000000001 " + "00000000000 ");
  EXPECT_EQ(bytes.substr(257, 5), "ustar");
}

TEST_F(TarWriterTest, LeavesNothingUnlessClosed) {
  {
    TarWriter tar(path("a.tar"));
    tar.add("0.png", "x");
  }
  EXPECT_TRUE(std::filesystem::is_empty(path(".")));
}

TEST_F(TarWriterTest, SaysThatTheDiskIsFullAndLeavesNothing) {
  const std::string message = test::thrown<Error>([&] {
    const test::FileSizeLimit limit(4096);
    TarWriter tar(path("a.tar"));
    tar.add("0.png", std::string(100'000, 'x'));
    tar.close();
  });
  EXPECT_NE(message.find("a.tar: cannot write: "), std::string::npos) << message;
  EXPECT_TRUE(std::filesystem::is_empty(path(".")));
}

TEST_F(TarWriterTest, RefusesATargetThatExists) {
  write("a.tar", "old");
  EXPECT_THROW(TarWriter(path("a.tar")), UsageError);
  EXPECT_EQ(read_file(path("a.tar")), "old");
}

}  // namespace
}  // namespace cs::exports
