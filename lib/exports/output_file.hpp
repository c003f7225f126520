/// A file written piece by piece, as a part of an export.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "core/pending.hpp"

namespace cs::exports {

/// Whoever owns the whole export publishes it; this only writes. Throws Error where there is no
/// room.
class OutputFile {
 public:
  /// `subject` is what messages call it.
  OutputFile(const std::filesystem::path& path, std::string subject);
  /// The file `name` of a folder.
  OutputFile(const Pending& folder, const std::string& name);

  void write(std::string_view bytes);
  /// For what writes to streams; close() says whether it worked.
  std::ostream& stream() { return out_; }
  void close();

 private:
  void check() const;

  std::string subject_;
  std::ofstream out_;
};

}  // namespace cs::exports
