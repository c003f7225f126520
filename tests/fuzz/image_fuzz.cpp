// Encoded images: what they say of themselves and, where that is of at most 64 Ki pixels, those;
// the libraries that decode JPEG, PNG, TIFF and WebP are not instrumented. Input: u8 flags, the
// image. Odd flags: the sums of a PNG's chunks are made right first, which a fuzzer cannot.
#include "codec/decode.hpp"
#include "codec/header.hpp"
#include "codec/png.hpp"
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

void check_essentials(const codec::Header& header, std::string_view png) {
  const codec::Header again = codec::read_header(kSubject, codec::png_essentials(png));
  require(again.width == header.width && again.height == header.height && again.bits == header.bits,
          "the essentials of a PNG are a PNG of the same size");
}

void check_pixels(const codec::Header& header, std::string_view image) {
  const auto rgb = accepted([&] { return codec::decode(kSubject, image); });
  if (!rgb) return;
  const auto rows = static_cast<std::uint64_t>(rgb->rows);
  require(rows == header.height || rows == header.width, "an image has the height of its header");
  require(rgb->total() == header.width * header.height, "an image has the size of its header");
  require(rgb->type() == CV_8UC3 && rgb->isContinuous(), "an image is RGB of 8 bits");
}

}  // namespace

void run(Input input) {
  constexpr std::uint64_t kMost = 1U << 16U;
  const bool right_sums = input.take<std::uint8_t>() % 2 == 1;
  const Exact exact(right_sums ? with_right_sums(std::string(input.rest())) : input.rest());
  const std::string_view image = exact.view();
  const auto header = accepted([&] { return codec::read_header(kSubject, image); });
  if (!header) return;
  if (header->format == codec::Format::kPng) check_essentials(*header, image);
  if (header->width <= kMost && header->height <= kMost && header->width * header->height <= kMost)
    check_pixels(*header, image);
}

}  // namespace cs::fuzz
