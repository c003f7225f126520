/// What a person named as a source, looked into only as far as somebody asks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "formats/file_kind.hpp"
#include "source/files.hpp"
#include "store/seal.hpp"

namespace cs::source {

struct SourceOptions {
  std::string prefix;                          ///< take only what is under it
  bool labels = true;                          ///< false: look for no classes
  std::uint64_t seed = 0;                      ///< names a procedural set
  std::filesystem::path spill_dir = ".";       ///< for unlinked temporary files
  store::Verify verify = store::Verify::kAll;  ///< of shards
  /// Called with what a person should know of how a source was read, such as files that were passed
  /// over: `subject: sentence`.
  std::function<void(const std::string& remark)> on_remark;
  std::size_t most_named = 3;  ///< how many files a remark names; it counts all
};

class Operand {
 public:
  /// Opens nothing. Throws UsageError for a prefix that leads outside.
  Operand(std::string text, SourceOptions options);

  /// The path, or the address of a procedural set.
  const std::string& text() const { return text_; }
  /// With the prefix normalized.
  const SourceOptions& options() const { return options_; }
  /// Tells the caller of open_source() that `sentence` holds for this operand.
  void remark(const std::string& sentence) const;

  // These look at the path; all throw Error if there is nothing that can be read, DataError if it
  // is neither a folder nor a file.
  bool is_folder();
  /// Of a file, by its first bytes.
  formats::FileKind file_kind();
  /// Whether it is a folder or an archive (tar or zip).
  bool is_container();
  /// The files in a container; of any other file the file itself, as entry 0, and its neighbors.
  const Files& files();
  std::unique_ptr<Files> take_files();  ///< files(), which may not be called again
  /// What a file that is no container holds, unpacked if it is compressed.
  const FileBytes& content();
  std::unique_ptr<FileBytes>
  take_content();  ///< content(), which is unpacked again if called again
  /// Whether files() has something that is called like an image.
  bool has_image_names();

 private:
  std::string text_;
  SourceOptions options_;
  std::optional<bool> is_folder_, is_container_, has_image_names_;
  std::unique_ptr<Files> files_;
  std::unique_ptr<FileBytes> content_;
};

}  // namespace cs::source
