/// Bounds-checked reading of one encoded image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cs::codec {

/// Views of what must outlive it: `subject` (for messages) and the image. Everything throws
/// DataError naming `subject` where the image ends too early.
class ImageBytes {
 public:
  ImageBytes(std::string_view subject, std::string_view bytes) : subject_(subject), bytes_(bytes) {}

  std::uint64_t size() const { return bytes_.size(); }
  std::string_view all() const { return bytes_; }
  std::string_view at(std::uint64_t offset, std::uint64_t length) const;
  std::uint64_t big_endian(std::uint64_t offset, std::uint64_t length) const;
  std::uint64_t little_endian(std::uint64_t offset, std::uint64_t length) const;

  /// Throws DataError: `what` is wrong with the image.
  [[noreturn]] void damaged(const std::string& what) const;
  /// The same for what is no damage: the advice is to convert it.
  [[noreturn]] void unsupported(const std::string& what) const;

 private:
  std::string_view subject_;
  std::string_view bytes_;
};

}  // namespace cs::codec
