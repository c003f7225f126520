/// The list of image files that folders and archives have in common: which names count, what their
/// classes are, in which order they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/source.hpp"

namespace cs::image {

/// No image file may be larger: a guard against archives that claim anything.
inline constexpr std::uint64_t kMostFileBytes = std::uint64_t{256} << 20U;

struct Member {
  std::string name;         ///< under the prefix
  std::uint64_t place = 0;  ///< where an archive holds it
  std::int32_t label = -1;
};

struct Listing {
  std::vector<Member> members;  ///< sorted by name
  std::vector<std::string> classes;
};

/// `path` without empty and `.` parts; nothing if it is absolute or holds a `..`.
std::optional<std::string> normalize_path(std::string_view path);

/// normalize_path() for a prefix from the command line; throws UsageError.
std::string normalize_prefix(const std::string& prefix);

/// What is left of the normalized `path` under `prefix`; nothing if it is not there.
std::optional<std::string> under_prefix(std::string_view path, std::string_view prefix);

/// Whether a name under the prefix is one of an image: an extension of images, and no part hidden.
bool is_image_name(std::string_view name);

/// Sorts the members and finds their classes. Throws DataError naming `subject` if there is none,
/// if two share a name, or if some are in folders and some are not.
Listing make_listing(const std::string& subject, const std::string& prefix,
                     std::vector<Member> members);

/// A source that is a listing of encoded files.
class ListedSource : public Source {
 public:
  explicit ListedSource(Listing listing) : listing_(std::move(listing)) {}

  std::size_t size() const override { return listing_.members.size(); }
  Item item(std::size_t index) const override;
  const std::vector<std::string>& classes() const override { return listing_.classes; }

 protected:
  const Member& member(std::size_t index) const { return listing_.members.at(index); }

 private:
  Listing listing_;
};

std::unique_ptr<Source> open_folder(const std::string& folder, const std::string& prefix);
std::unique_ptr<Source> open_archive(const std::string& path, const std::string& prefix,
                                     const std::filesystem::path& spill_dir);

}  // namespace cs::image
