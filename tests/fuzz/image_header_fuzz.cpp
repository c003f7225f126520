// What an encoded image says of itself; decoders are not ours. Input: u8 flags, the image. Odd
// flags: the sums of a PNG's chunks are made right first, which a fuzzer cannot.
#include "codec/header.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {
namespace {

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

std::string with_right_sums(std::string png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
      length = length << 8U | static_cast<unsigned char>(png[at + i]);
    if (length > png.size() - at - 12) break;
    const std::uint32_t crc = crc32(std::string_view(png).substr(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i)
      png[at + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xFFU);
    at += 12 + length;
  }
  return png;
}

}  // namespace

void run(Input input) {
  const bool right_sums = input.take<std::uint8_t>() % 2 == 1;
  const std::string image =
      right_sums ? with_right_sums(std::string(input.rest())) : std::string(input.rest());
  const auto header = accepted([&] { return codec::read_header(kSubject, image); });
  if (!header || header->format != codec::Format::kPng) return;
  const codec::Header again = codec::read_header(kSubject, codec::png_essentials(image));
  require(
      again.width == header->width && again.height == header->height && again.bits == header->bits,
      "the essentials of a PNG are a PNG of the same size");
}

}  // namespace cs::fuzz
