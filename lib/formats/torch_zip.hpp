/// The zip archives that PyTorch writes: members that are not packed, all in one folder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cs::formats {

/// Members point into the bytes of the archive.
class TorchZip {
 public:
  /// Throws DataError naming `subject` if the directory is missing or damaged.
  TorchZip(std::string_view subject, std::string_view bytes);

  /// The member of this name in the folder, which is that of `data.pkl`. Nothing if there is none.
  /// Throws DataError if it is packed, or leads nowhere.
  std::optional<std::string_view> member(const std::string& name) const;

 private:
  std::string_view subject_;
  std::string_view bytes_;
  std::map<std::string, std::uint64_t> records_;  ///< of the plain files
  std::string folder_;
};

}  // namespace cs::formats
