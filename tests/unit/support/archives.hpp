/// Small files for the tests of sources: a temporary folder, tar archives, images.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/images.hpp"
#include "support/temp_dir.hpp"

namespace cs::test {

/// A folder of its own for each test, removed with everything in it.
class TemporaryFolder : public ::testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name).string();
  }

  struct TarMember {
    std::string name;
    std::string bytes;
    std::string symlink = "";
    std::string hardlink = "";
  };

  /// Packs `members` into a tar, compressed by what `name` ends in.
  std::string write_tar(const std::string& name, const std::vector<TarMember>& members) const {
    archive* tar = archive_write_new();
    archive_write_set_format_gnutar(tar);
    const std::string extension = path(name).extension().string();
    if (extension == ".gz") archive_write_add_filter_gzip(tar);
    if (extension == ".xz") archive_write_add_filter_xz(tar);
    if (extension == ".zst") archive_write_add_filter_zstd(tar);
    EXPECT_EQ(archive_write_open_filename(tar, path(name).c_str()), ARCHIVE_OK);
    for (const TarMember& member : members) write_member(tar, member);
    EXPECT_EQ(archive_write_free(tar), ARCHIVE_OK);
    return path(name).string();
  }

  /// Packs `members` into a zip; `compression` is "store" or "deflate".
  std::string write_zip(const std::string& name, const std::vector<TarMember>& members,
                        const char* compression) const {
    archive* zip = archive_write_new();
    archive_write_set_format_zip(zip);
    archive_write_set_format_option(zip, "zip", "compression", compression);
    EXPECT_EQ(archive_write_open_filename(zip, path(name).c_str()), ARCHIVE_OK);
    for (const TarMember& member : members) write_member(zip, member);
    EXPECT_EQ(archive_write_free(zip), ARCHIVE_OK);
    return path(name).string();
  }

  static std::string read_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  static void write_member(archive* tar, const TarMember& member) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, member.symlink.empty() ? AE_IFREG : AE_IFLNK);
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
    if (!member.symlink.empty()) archive_entry_set_symlink(entry, member.symlink.c_str());
    if (!member.hardlink.empty()) archive_entry_set_hardlink(entry, member.hardlink.c_str());
    EXPECT_EQ(archive_write_header(tar, entry), ARCHIVE_OK) << archive_error_string(tar);
    if (!member.bytes.empty()) archive_write_data(tar, member.bytes.data(), member.bytes.size());
    archive_entry_free(entry);
  }

 private:
  TempDir folder_;
};

/// What read() delivers of `wanted`, in the order of delivery.
template <typename Readable>
std::vector<std::string> read_all(const Readable& source, const std::vector<std::size_t>& wanted) {
  std::vector<std::string> all;
  source.read(wanted, [&](std::size_t position, std::string_view bytes) {
    EXPECT_EQ(position, all.size());
    all.emplace_back(bytes);
  });
  return all;
}

template <typename Source>
std::vector<std::string> names_of(const Source& source) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < source.size(); ++i) all.push_back(source.item(i).name);
  return all;
}

template <typename Source>
std::vector<std::int32_t> labels_of(const Source& source) {
  std::vector<std::int32_t> all;
  for (std::size_t i = 0; i < source.size(); ++i) all.push_back(source.item(i).label);
  return all;
}

/// A header of a tar as POSIX has it, whatever it claims; followed by nothing.
inline std::string tar_header(const std::string& name, std::uint64_t size, char type = '0',
                              const std::string& link = "") {
  std::string header(512, '\0');
  std::array<char, 13> digits{};
  std::snprintf(digits.data(), digits.size(), "%011llo", static_cast<unsigned long long>(size));
  header.replace(0, name.size(), name);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, digits.data());
  header[156] = type;
  header.replace(157, link.size(), link);
  header.replace(257, 8, std::string("ustar\00000", 8));
  header.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(digits.data(), digits.size(), "%06o", sum);
  header.replace(148, 7, std::string(digits.data(), 7));
  return header;
}

/// `bytes` up to a whole number of blocks of a tar.
inline std::string tar_blocks(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

inline const std::string kTarEnd(1024, '\0');

}  // namespace cs::test
