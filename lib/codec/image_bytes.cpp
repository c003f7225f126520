#include "codec/image_bytes.hpp"

#include "core/error.hpp"

namespace cs::codec {

std::string_view ImageBytes::at(std::uint64_t offset, std::uint64_t length) const {
  if (offset > bytes_.size() || length > bytes_.size() - offset)
    throw DataError(subject_, "the image is cut short; fetch the file again or remove it");
  return bytes_.substr(offset, length);
}

std::uint64_t ImageBytes::big_endian(std::uint64_t offset, std::uint64_t length) const {
  std::uint64_t value = 0;
  for (const char byte : at(offset, length)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

std::uint64_t ImageBytes::little_endian(std::uint64_t offset, std::uint64_t length) const {
  const std::string_view part = at(offset, length);
  std::uint64_t value = 0;
  for (auto byte = part.rbegin(); byte != part.rend(); ++byte)
    value = value << 8U | static_cast<unsigned char>(*byte);
  return value;
}

void ImageBytes::damaged(const std::string& what) const {
  throw DataError(subject_, what + "; fetch the file again or remove it");
}

void ImageBytes::unsupported(const std::string& what) const {
  throw DataError(subject_, what + "; convert it");
}

}  // namespace cs::codec
