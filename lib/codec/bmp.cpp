#include "codec/bmp.hpp"

#include <cstdint>

namespace cs::codec {
namespace {

struct Bmp {
  int width, height;
  bool from_top;
  std::uint64_t bits, pixels, palette, colors, row_bytes;
};

Bmp parse_bmp(const ImageBytes& bmp, const Header& header) {
  Bmp parsed{};
  parsed.width = static_cast<int>(header.width);
  parsed.height = static_cast<int>(header.height);
  parsed.from_top = bmp.little_endian(22, 4) >= 1U << 31U;
  parsed.bits = bmp.little_endian(28, 2);
  parsed.pixels = bmp.little_endian(10, 4);
  parsed.palette = 14 + bmp.little_endian(14, 4);
  parsed.row_bytes = (header.width * parsed.bits + 31) / 32 * 4;
  const std::uint64_t most_colors = parsed.bits <= 8 ? std::uint64_t{1} << parsed.bits : 0;
  const std::uint64_t used = bmp.little_endian(46, 4);
  parsed.colors = used == 0 || used > most_colors ? most_colors : used;
  return parsed;
}

/// Number of the palette's color at `x` of a row.
std::uint64_t color_at(const std::uint8_t* row, std::uint64_t x, std::uint64_t bits) {
  const std::uint64_t at = x * bits;
  return row[at / 8] >> (8 - bits - at % 8) & ((1U << bits) - 1);
}

void read_bmp_row(const ImageBytes& image, const Bmp& bmp, const std::uint8_t* from,
                  std::uint8_t* rgb) {
  for (int x = 0; x < bmp.width; ++x, rgb += 3) {
    const auto column = static_cast<std::uint64_t>(x);
    const std::uint8_t* bgr = from + column * bmp.bits / 8;
    if (bmp.bits <= 8) {
      const std::uint64_t color = color_at(from, column, bmp.bits);
      if (color >= bmp.colors) image.damaged("a pixel of the BMP has a color beyond the palette");
      const std::string_view entry = image.at(bmp.palette + 4 * color, 3);
      bgr = reinterpret_cast<const std::uint8_t*>(entry.data());
    }
    rgb[0] = bgr[2], rgb[1] = bgr[1], rgb[2] = bgr[0];
  }
}

}  // namespace

Header bmp_header(const ImageBytes& bmp) {
  const auto magnitude = [&](std::uint64_t at) {  // rows from the top have a negative height
    const std::uint64_t value = bmp.little_endian(at, 4);
    return value < 1U << 31U ? value : (std::uint64_t{1} << 32U) - value;
  };
  const Header header{Format::kBmp, magnitude(18), magnitude(22)};
  const std::uint64_t bits = bmp.little_endian(28, 2);
  const std::uint64_t compression = bmp.little_endian(30, 4);
  if (bmp.little_endian(14, 4) < 40) bmp.unsupported("a BMP of OS/2");
  if (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32)
    bmp.unsupported("a BMP of " + std::to_string(bits) + " bits per pixel");
  // 3: masks say where a pixel's colors are; here, where they are without masks.
  const bool usual_masks = compression == 3 && bits == 32 &&
                           bmp.little_endian(54, 4) == 0xFF0000U &&
                           bmp.little_endian(58, 4) == 0xFF00U && bmp.little_endian(62, 4) == 0xFFU;
  if (compression != 0 && !usual_masks)
    bmp.unsupported("a BMP that is compressed or has unusual color masks");
  const std::uint64_t row_bytes = (header.width * bits + 31) / 32 * 4;
  if (header.width * header.height <= kMostPixels)
    bmp.at(bmp.little_endian(10, 4), row_bytes * header.height);
  return header;
}

cv::Mat decode_bmp(std::string_view subject, std::string_view bytes) {
  const ImageBytes image(subject, bytes);
  const Bmp bmp = parse_bmp(image, read_header(subject, bytes));
  cv::Mat rgb(bmp.height, bmp.width, CV_8UC3);
  for (int y = 0; y < bmp.height; ++y) {
    const auto row = static_cast<std::uint64_t>(bmp.from_top ? y : bmp.height - 1 - y);
    const std::string_view from = image.at(bmp.pixels + row * bmp.row_bytes, bmp.row_bytes);
    read_bmp_row(image, bmp, reinterpret_cast<const std::uint8_t*>(from.data()), rgb.ptr(y));
  }
  return rgb;
}

}  // namespace cs::codec
