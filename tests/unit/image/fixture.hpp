/// Small files for the tests of sources: a temporary folder, tar archives, images.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/images.hpp"
#include "support/temp_dir.hpp"

namespace cs::image {

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

 private:
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

  test::TempDir folder_;
};

using test::encoded_image;
using test::expect_data_error;

}  // namespace cs::image
