#include "core/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace cs {
namespace {

TEST(Printable, LeavesPlainTextAndUtf8Alone) {
  EXPECT_EQ(printable("a b/c.lmdb"), "a b/c.lmdb");
  EXPECT_EQ(printable("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, WritesControlCharactersAsHex) {
  EXPECT_EQ(printable("a\nb\tc\x1B[2Jd\x7F"), "a\\x0Ab\\x09c\\x1B[2Jd\\x7F");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J"),
            "\\xC2\\x9B2J");  // a C1 control
}

TEST(Printable, WritesBackslashesAsHexSoThatEscapesCannotBeForged) {
  EXPECT_EQ(printable("\\x0A"), "\\x5Cx0A");
}

TEST(Printable, WritesBytesThatAreNotUtf8AsHex) {
  EXPECT_EQ(printable("\xFF"), "\\xFF");
  EXPECT_EQ(printable("\x80"), "\\x80");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xC0\\xAF");                    // overlong
  EXPECT_EQ(printable("\xE0\x80\xAF"), "\\xE0\\x80\\xAF");           // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80");           // surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // over U+10FFFF
  EXPECT_EQ(printable("\xE2\x82"), "\\xE2\\x82");                    // cut short
  EXPECT_EQ(printable("\xC3z"), "\\xC3z");
}

TEST(Printable, CutsLongText) {
  EXPECT_EQ(printable(std::string(300, 'a')), std::string(300, 'a'));
  EXPECT_EQ(printable(std::string(1000000, 'a')), std::string(300, 'a') + "...");
}

TEST(Errors, NameTheirSubjectPrintably) {
  EXPECT_STREQ(DataError("a\nb", "is odd").what(), "a\\x0Ab: is odd");
}

TEST(Errors, OfTheSystemSayWhy) {
  errno = ENOENT;
  EXPECT_STREQ(system_error("x", "cannot open").what(),
               "x: cannot open: No such file or directory");
}

TEST(Errors, OfTheSystemSayWhatToDoWhereThatIsKnown) {
  const auto text = [](int code) {
    errno = code;
    return std::string(system_error("x", "cannot write").what());
  };
  EXPECT_EQ(text(ENOSPC), "x: cannot write: No space left on device; make room and run again");
  EXPECT_EQ(text(EDQUOT), "x: cannot write: Disk quota exceeded; make room and run again");
  EXPECT_NE(text(EFBIG).find("; make room or raise the limit of file sizes"), std::string::npos);
  for (const int code : {EMFILE, ENFILE})
    EXPECT_NE(text(code).find("; raise the limit of open files"), std::string::npos);
  EXPECT_NE(text(ENOMEM).find("; free memory or raise its limit"), std::string::npos);
  EXPECT_NE(text(EROFS).find("; name a place that can be written"), std::string::npos);
  for (const int code : {EACCES, EPERM})
    EXPECT_NE(text(code).find("; change its permissions"), std::string::npos);
  EXPECT_EQ(advice(ENOENT), "");
}

TEST(Errors, AreAllErrors) {
  EXPECT_THROW(throw DataError("x"), Error);
  EXPECT_THROW(throw UsageError("x"), Error);
  EXPECT_THROW(throw Incomplete("x"), Error);
}

}  // namespace
}  // namespace cs
