/// A list of files, packed: there may be millions of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/file_kind.hpp"

namespace cs::source {

/// A file: its path with slashes, without `.` and empty parts, never leading outside. The views
/// hold as long as the list is unchanged.
struct Entry {
  std::string_view name = {};
  std::uint64_t place = 0;     ///< number of the member in an archive
  bool regular = true;         ///< false for a link in an archive, a device, ...
  std::string_view text = {};  ///< of NAME.cls in an archive: its content, at most kMostText bytes
  /// By its first bytes; kUnknown where the name tells (an image, a NAME.cls) and for what is not
  /// regular.
  formats::FileKind kind = formats::FileKind::kUnknown;
};

class EntryList {
 public:
  static constexpr std::size_t kMostText = 4096;

  /// Throws Error for a name of 4 GiB or a longer text.
  void add(const Entry& entry);
  std::size_t size() const { return rows_.size(); }
  Entry operator[](std::size_t index) const;

 private:
  struct Row {
    std::uint64_t begin;  ///< of the name in `texts_`; the text follows it
    std::uint64_t place;
    std::uint32_t name_bytes;
    std::uint16_t text_bytes;
    formats::FileKind kind;
    bool regular;
  };

  std::string texts_;
  std::vector<Row> rows_;
};

}  // namespace cs::source
