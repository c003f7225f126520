#include "source/paths.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::source {
namespace {

/// The extension in lower case, without its dot.
std::string extension_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.find('/', dot) != std::string_view::npos) return "";
  std::string extension(name.substr(dot + 1));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

}  // namespace

std::optional<std::string> normalize_path(std::string_view path) {
  if (!path.empty() && path.front() == '/') return std::nullopt;
  std::string normal;
  for (const std::string& part : split(path, '/')) {
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!normal.empty()) normal += '/';
    normal += part;
  }
  return normal;
}

std::string normalize_prefix(const std::string& prefix) {
  auto normal = normalize_path(prefix);
  if (!normal)
    throw UsageError("`prefix`", "'" + printable(prefix) + "' leads outside; give a folder inside");
  return *std::move(normal);
}

std::optional<std::string_view> under_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return path;
  if (path.size() <= prefix.size() || path[prefix.size()] != '/' ||
      path.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  return path.substr(prefix.size() + 1);
}

std::string_view first_folder(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_hidden(std::string_view name) {
  bool at_begin = true;  // of a part
  for (const char c : name) {
    if (at_begin && (c == '.' || c == '/')) return true;
    at_begin = c == '/';
  }
  return at_begin;
}

bool is_image_name(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kExtensions = {"jpg",  "jpeg", "png", "bmp",
                                                                  "webp", "ppm",  "tif", "tiff"};
  return !is_hidden(name) &&
         std::find(kExtensions.begin(), kExtensions.end(), extension_of(name)) != kExtensions.end();
}

bool is_listing_name(std::string_view name) {
  return name.substr(name.rfind('/') + 1) == "index.tsv";
}

bool is_class_name(std::string_view name) {
  constexpr std::string_view kClassExtension = "cls";
  return !is_hidden(name) && extension_of(name) == kClassExtension;
}

}  // namespace cs::source
