/// Names of files in a source.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs::source {

/// `path` without empty and `.` parts; nothing if it is absolute or holds a `..`.
std::optional<std::string> normalize_path(std::string_view path);

/// normalize_path() for a prefix from the command line; throws UsageError.
std::string normalize_prefix(const std::string& prefix);

/// What is left of the normalized `path` under `prefix`, a part of it; nothing if it is not there.
std::optional<std::string_view> under_prefix(std::string_view path, std::string_view prefix);

/// The first folder of `path`; empty if it is in none.
std::string_view first_folder(std::string_view path);

bool is_hidden(std::string_view name);  ///< a part of it begins with a dot
/// Whether the extension is one that files in a format that is read usually have. Such a file is
/// taken as an image without a look at its content.
bool is_image_name(std::string_view name);
/// index.tsv, the listing that cs-show writes beside the images that it exports.
bool is_listing_name(std::string_view name);
bool is_class_name(std::string_view name);  ///< NAME.cls, which holds the class of a sample

}  // namespace cs::source
