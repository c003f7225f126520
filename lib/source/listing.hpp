/// The list of images among named files: which names count, what their classes are, in which order
/// they stand. The same for folders and archives.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "source/files.hpp"
#include "source/source.hpp"

namespace cs::source {

/// `path` without empty and `.` parts; nothing if it is absolute or holds a `..`.
std::optional<std::string> normalize_path(std::string_view path);

/// normalize_path() for a prefix from the command line; throws UsageError.
std::string normalize_prefix(const std::string& prefix);

/// What is left of the normalized `path` under `prefix`, a part of it; nothing if it is not there.
std::optional<std::string_view> under_prefix(std::string_view path, std::string_view prefix);

bool is_hidden(std::string_view name);      ///< a part of it begins with a dot
bool is_image_name(std::string_view name);  ///< an extension of images, and not hidden
bool is_class_name(std::string_view name);  ///< NAME.cls, which holds a sample's class

/// Whether files under the prefix are called like images.
bool has_images(const Files& files, const std::string& prefix);
/// Whether some samples under the prefix have a NAME.cls.
bool has_class_files(const Files& files, const std::string& prefix);

/// Where the class of an image is written.
enum class ClassesFrom {
  kNothing,  ///< it has none
  kFolder,   ///< the first folder of its name
  kFile,     ///< the text of the file with its name up to the first dot, and .cls (WebDataset)
};

/// The images among `files` under `prefix`, sorted by name. Throws DataError if there is none, if
/// two share a name, if some have a class and some have not, or if one is no plain file.
std::unique_ptr<Source> open_images(std::unique_ptr<Files> files, const std::string& prefix,
                                    ClassesFrom classes);

}  // namespace cs::source
