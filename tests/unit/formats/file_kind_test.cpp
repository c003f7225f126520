#include "formats/file_kind.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/npy.hpp"
#include "formats/safetensors.hpp"
#include "support/temp_dir.hpp"

namespace cs::formats {
namespace {

using namespace std::string_literals;

FileKind kind_of(const std::string& bytes) { return formats::kind_of(bytes, bytes); }

std::string number(std::size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFFU);
  return text;
}

/// A zip of empty files of these names: local headers, then the list of members.
std::string zip(const std::vector<std::string>& names) {
  std::string files;
  std::string list;
  for (const std::string& name : names) {
    list += "PK\1\2"s + std::string(24, '\0') + number(name.size(), 2) + std::string(12, '\0') +
            number(files.size(), 4) + name;
    files += "PK\3\4"s + std::string(22, '\0') + number(name.size(), 2) + number(0, 2) + name;
  }
  return files + list + "PK\5\6" + std::string(18, '\0');
}

TEST(FileKind, OfAZipIsToldByWhatLiesInIt) {
  EXPECT_EQ(kind_of(zip({"v/data.pkl", "v/code/__torch__.py", "v/constants.pkl", "v/version"})),
            FileKind::kTorchScript);
  EXPECT_EQ(kind_of(zip({"archive/data.pkl", "archive/data/0", "archive/version"})),
            FileKind::kTorchZip);
  EXPECT_EQ(kind_of(zip({"x.npy", "y.npy"})), FileKind::kNpz);
  EXPECT_EQ(kind_of(zip({"x.npy", "photo.jpg"})), FileKind::kZip);
  EXPECT_EQ(kind_of(zip({})), FileKind::kZip);
  EXPECT_EQ(kind_of("PK\3\4 cut short"s), FileKind::kZip);
}

TEST(FileKind, OfAZipIsToldByItsEndWhateverIsNamedLikeIt) {
  const std::string script = zip({"v/data.pkl", "v/constants.pkl"});
  EXPECT_EQ(formats::kind_of(script.substr(0, 8), script.substr(script.size() - 120)),
            FileKind::kTorchScript);
  EXPECT_EQ(kind_of(zip({"photos/code"})), FileKind::kZip);
}

TEST(FileKind, OfPicklesTellsPyTorchAndCifarApart) {
  EXPECT_EQ(kind_of("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."s),
            FileKind::kTorchLegacy);
  EXPECT_EQ(kind_of("\x80\x02}q\x01(U\x0b"
                    "batch_labelq\x02U\x15training batch 1 of 5"s),
            FileKind::kCifarPickle);
  EXPECT_EQ(kind_of("\x80\x02}q\x01(U\tfilenamesq\x02]q\x03("s), FileKind::kCifarPickle);
  EXPECT_EQ(kind_of("\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94\x8c\x01"
                    "a\x94K\x01s."s),
            FileKind::kPickle);
  EXPECT_EQ(kind_of("\x80\x09}\1."s), FileKind::kUnknown);
  EXPECT_EQ(kind_of("\x80\x02"s), FileKind::kUnknown);
}

TEST(FileKind, OfModelsIsToldByTheirFirstFields) {
  EXPECT_EQ(kind_of("\x08\x06\x12\x07pytorch\x1a\x03"s
                    "1.9"s),
            FileKind::kOnnx);
  EXPECT_EQ(kind_of("\x08\x06:\xe5\x90\xae\x02\nj"s), FileKind::kOnnx);
  EXPECT_EQ(kind_of("\x08\x06\x12\x07p\x01torc"s), FileKind::kUnknown);
  EXPECT_EQ(kind_of("\x08\x00\x12\x07pytorch"s), FileKind::kUnknown);
  EXPECT_EQ(kind_of("\x1c\0\0\0TFL3\x14\0"s), FileKind::kTensorflowLite);
  EXPECT_EQ(kind_of(to_safetensors({}, {{"format", "pt"}})), FileKind::kSafetensors);
  EXPECT_EQ(kind_of(number(std::size_t{1} << 40U, 8) + "{\"a\""), FileKind::kUnknown);
}

TEST(FileKind, OfArraysAndTablesIsToldByTheirMagicNumbers) {
  EXPECT_EQ(kind_of(to_npy("f4", {1}, "abcd")), FileKind::kNpy);
  EXPECT_EQ(kind_of("\0\0\x08\x03\0\0\0\1\0\0\0\2\0\0\0\2abcd"s), FileKind::kIdx);
  EXPECT_EQ(kind_of("\0\0\x08\x03\0\0\0\1"s), FileKind::kUnknown);
  EXPECT_EQ(kind_of("\0\0\x07\x01\0\0\0\1a"s), FileKind::kUnknown);
  EXPECT_EQ(kind_of("\x89HDF\r\n\x1a\n\0"s), FileKind::kHdf5);
  EXPECT_EQ(kind_of(std::string(512, '\0') + "\x89HDF\r\n\x1a\n"), FileKind::kHdf5);
  EXPECT_EQ(kind_of("MATLAB 5.0 MAT-file, Platform: GLNXA64"), FileKind::kMatlab);
  EXPECT_EQ(kind_of("PAR1\x15\x04"), FileKind::kParquet);
  EXPECT_EQ(kind_of(std::string(16, '\0') + "\xde\xc0\xef\xbe\1\0\0\0"s), FileKind::kLmdb);
}

TEST(FileKind, OfArchivesAndImagesIsToldByTheirMagicNumbers) {
  EXPECT_EQ(kind_of(std::string(257, 'a') + "ustar"), FileKind::kTar);
  EXPECT_EQ(kind_of("\x1f\x8b\x08\0"s), FileKind::kGzip);
  EXPECT_EQ(kind_of("\x28\xb5\x2f\xfd\x04"s), FileKind::kZstd);
  EXPECT_EQ(kind_of("\xff\xd8\xff\xe0"), FileKind::kJpeg);
  EXPECT_EQ(kind_of("RIFF\x10\0\0\0WEBPVP8 "s), FileKind::kWebp);
  EXPECT_EQ(kind_of("GIF89a\1\0"s), FileKind::kGif);
  EXPECT_EQ(kind_of("\0\0\0\x1c"
                    "ftypavif"s),
            FileKind::kHeif);
  EXPECT_EQ(kind_of("P6\n2 2\n255\n"), FileKind::kPnm);
  EXPECT_EQ(kind_of("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"s), FileKind::kBmp);
  EXPECT_EQ(kind_of("BMW and other cars"), FileKind::kText);
}

TEST(FileKind, OfTextIsHtmlAPointerOrJustText) {
  EXPECT_EQ(kind_of("\n<!DOCTYPE HTML>\n<title>404</title>"), FileKind::kHtml);
  EXPECT_EQ(kind_of("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
            FileKind::kLfsPointer);
  EXPECT_EQ(kind_of("name,label\na.png,\xC3\xA9\n"), FileKind::kText);
  EXPECT_EQ(kind_of("name\0label"s), FileKind::kUnknown);
  EXPECT_EQ(kind_of(""), FileKind::kEmpty);
}

TEST(FileKind, OfAFileIsThatOfItsBytes) {
  const test::TempDir dir;
  std::string script = "PK\3\4" + std::string(3 << 20, 'w') + zip({"v/constants.pkl"});
  write_file(dir / "v.pth", script, Overwrite::kRefuse);
  EXPECT_EQ(kind_of_file(dir / "v.pth"), FileKind::kTorchScript);
  write_file(dir / "short", "hi", Overwrite::kRefuse);
  EXPECT_EQ(kind_of_file(dir / "short"), FileKind::kText);
  write_file(dir / "empty", "", Overwrite::kRefuse);
  EXPECT_EQ(kind_of_file(dir / "empty"), FileKind::kEmpty);
  EXPECT_THROW(kind_of_file(dir / "none"), Error);
  EXPECT_THROW(kind_of_file(dir / "."), Error);
}

TEST(FileKind, HasWordsOfItsOwnAndAUse) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(FileKind::kJpegXl); ++i)
    words.insert(words_for(static_cast<FileKind>(i)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(FileKind::kJpegXl) + 1);
  EXPECT_EQ(words_for(FileKind::kOnnx), "an ONNX model");
  EXPECT_EQ(use_of(FileKind::kOnnx), FileUse::kModel);
  EXPECT_EQ(use_of(FileKind::kHeif), FileUse::kImage);
  EXPECT_EQ(use_of(FileKind::kRar), FileUse::kArchive);
  EXPECT_EQ(use_of(FileKind::kCifarPickle), FileUse::kData);
}

}  // namespace
}  // namespace cs::formats
