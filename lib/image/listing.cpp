#include "image/listing.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::image {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view class_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

void refuse_duplicates(const std::string& subject, const std::vector<Member>& members) {
  const auto twice =
      std::adjacent_find(members.begin(), members.end(),
                         [](const Member& a, const Member& b) { return a.name == b.name; });
  if (twice != members.end())
    throw DataError(subject, "holds '" + printable(twice->name) + "' twice; pack it again");
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
    throw UsageError("--prefix", "'" + printable(prefix) + "' leads outside; give a folder inside");
  return *std::move(normal);
}

std::optional<std::string> under_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return std::string(path);
  if (path.size() <= prefix.size() || path[prefix.size()] != '/' ||
      path.substr(0, prefix.size()) != prefix)
    return std::nullopt;
  return std::string(path.substr(prefix.size() + 1));
}

bool is_image_name(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kExtensions = {"jpg",  "jpeg", "png", "bmp",
                                                                  "webp", "ppm",  "tif", "tiff"};
  for (const std::string& part : split(name, '/'))
    if (part.empty() || part.front() == '.') return false;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(name.substr(dot + 1));
  std::transform(extension.begin(), extension.end(), extension.begin(), lower);
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Listing make_listing(const std::string& subject, const std::string& prefix,
                     std::vector<Member> members) {
  if (members.empty())
    throw DataError(subject, "holds no image" +
                                 (prefix.empty() ? "" : " under '" + printable(prefix) + "'") +
                                 " (looked for .jpg .jpeg .png .bmp .webp .ppm .tif .tiff); name "
                                 "another source or prefix");
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  refuse_duplicates(subject, members);
  Listing listing;
  const Member* loose = nullptr;
  for (const Member& member : members) {
    const std::string_view name = class_of(member.name);
    if (name.empty())
      loose = &member;
    else
      listing.classes.emplace_back(name);
  }
  std::sort(listing.classes.begin(), listing.classes.end());
  listing.classes.erase(std::unique(listing.classes.begin(), listing.classes.end()),
                        listing.classes.end());
  if (loose != nullptr && !listing.classes.empty())
    throw DataError(subject,
                    "'" + printable(loose->name) + "' is in no class folder, others are in '" +
                        printable(listing.classes.front()) + "'; choose a prefix or move it");
  for (Member& member : members) {
    const auto at =
        std::lower_bound(listing.classes.begin(), listing.classes.end(), class_of(member.name));
    if (loose == nullptr) member.label = static_cast<std::int32_t>(at - listing.classes.begin());
  }
  listing.members = std::move(members);
  return listing;
}

Item ListedSource::item(std::size_t index) const {
  return {member(index).name, member(index).label};
}

}  // namespace cs::image
