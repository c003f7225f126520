/// What an encoded image says of itself, read before any decoder sees it: decoders allocate what a
/// header claims, take a JPEG cut in half for a whole one, and print to stderr.
#pragma once

#include <cstdint>
#include <string_view>

namespace cs::codec {

/// More pixels than this are refused before anything is allocated.
inline constexpr std::uint64_t kMostPixels = std::uint64_t{64} << 20U;

/// The formats that are read; each has a file of its own.
enum class Format { kBmp, kJpeg, kPng, kPnm, kTiff, kWebp };

struct Header {
  Format format;
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t bits = 8;    ///< per channel
  int orientation = 1;       ///< in EXIF's numbers, of JPEG, PNG and WebP
  std::uint64_t pixels = 0;  ///< where they begin in a PNM
};

/// Reads the header of a BMP, JPEG, PNG, PNM (P5, P6), TIFF or WebP image; of a JPEG or PNG also
/// walks to its end marker, and of a PNG checks every chunk's sum. Throws DataError naming
/// `subject` for any other format, which it tells by name, and for what is cut short or damaged.
Header read_header(std::string_view subject, std::string_view bytes);

/// Throws DataError naming `subject` for a header without pixels, with more than kMostPixels, or
/// with more than 8 bits a channel.
void check_header(std::string_view subject, const Header& header);

/// What names of such files end in: bmp, jpg, png, ppm, tif or webp.
const char* extension_of(Format format);

}  // namespace cs::codec
