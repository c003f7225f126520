#include "codec/header.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "codec/image_bytes.hpp"
#include "codec/orientation.hpp"
#include "core/error.hpp"

namespace cs::codec {
namespace {

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);

std::uint32_t crc32(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      std::uint32_t value = n;
      for (int bit = 0; bit < 8; ++bit)
        value = value >> 1U ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
      entries[n] = value;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes)
    crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ crc >> 8U;
  return ~crc;
}

Header png_header(const ImageBytes& png) {
  Header header{Format::kPng};
  bool has_pixels = false;
  for (std::uint64_t at = kPngSignature.size();;) {
    const std::uint64_t length = png.big_endian(at, 4);
    const std::string_view type = png.at(at + 4, 4);
    if (crc32(png.at(at + 4, length + 4)) != png.big_endian(at + 8 + length, 4))
      png.damaged("a PNG chunk does not match its checksum");
    if (at == kPngSignature.size()) {
      if (type != "IHDR" || length != 13) png.damaged("the PNG does not begin with a header");
      header.width = png.big_endian(at + 8, 4);
      header.height = png.big_endian(at + 12, 4);
      header.bits = png.big_endian(at + 16, 1);
    }
    if (type == "eXIf") header.orientation = exif_orientation(png.at(at + 8, length));
    has_pixels = has_pixels || type == "IDAT";
    if (type == "IEND") break;
    at += 12 + length;
  }
  if (!has_pixels) png.damaged("the PNG holds no pixels");
  return header;
}

bool starts_frame(std::uint64_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/// Where the next marker after `at` stands, past entropy-coded data, stuffed zeros and restarts.
std::uint64_t next_jpeg_marker(const ImageBytes& jpeg, std::uint64_t at) {
  for (;; ++at) {
    at = std::min<std::uint64_t>(jpeg.all().find('\xFF', at), jpeg.size());
    const std::uint64_t word = jpeg.big_endian(at, 2);
    if (word > 0xFF00 && word != 0xFFFF && !(word >= 0xFFD0 && word <= 0xFFD7)) return at;
  }
}

/// The segments of a JPEG, up to its end mark.
Header jpeg_header(const ImageBytes& jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  Header header{Format::kJpeg};
  std::uint64_t components = 0;
  std::set<char> scanned;  // components of which there is a scan
  for (std::uint64_t at = 2;;) {
    at = next_jpeg_marker(jpeg, at);
    const std::uint64_t marker = jpeg.big_endian(at + 1, 1);
    if (marker == 0xD9) break;
    const std::uint64_t length = jpeg.big_endian(at + 2, 2);
    if (starts_frame(marker)) {
      header.bits = jpeg.big_endian(at + 4, 1);
      header.height = jpeg.big_endian(at + 5, 2);
      header.width = jpeg.big_endian(at + 7, 2);
      components = jpeg.big_endian(at + 9, 1);
    }
    if (marker == 0xE1 && length >= 8 && jpeg.at(at + 4, kExif.size()) == kExif)
      header.orientation = exif_orientation(jpeg.at(at + 4, length - 2));
    if (marker == 0xDA)
      for (std::uint64_t i = 0; i < jpeg.big_endian(at + 4, 1); ++i)
        scanned.insert(jpeg.at(at + 5 + 2 * i, 1).front());
    at += 2 + length;
  }
  if (scanned.empty()) jpeg.damaged("the JPEG holds no pixels");
  if (scanned.size() < components) jpeg.damaged("the JPEG lacks a scan of one of its components");
  return header;
}

Header bmp_header(const ImageBytes& bmp) {
  const auto magnitude = [&](std::uint64_t at) {  // rows from the top have a negative height
    const std::uint64_t value = bmp.little_endian(at, 4);
    return value < 1U << 31U ? value : (std::uint64_t{1} << 32U) - value;
  };
  const Header header{Format::kBmp, magnitude(18), magnitude(22)};
  const std::uint64_t bits = bmp.little_endian(28, 2), compression = bmp.little_endian(30, 4);
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

/// What the chunks of an extended WebP image say.
void read_webp_extras(const ImageBytes& webp, Header& header) {
  constexpr std::uint64_t kAnimated = 2;
  if ((webp.little_endian(20, 1) & kAnimated) != 0) webp.unsupported("an animated WebP image");
  const std::uint64_t end = webp.little_endian(4, 4) + 8;
  for (std::uint64_t at = 12; at + 8 <= end;) {
    const std::uint64_t length = webp.little_endian(at + 4, 4);
    if (webp.at(at, 4) == "EXIF") header.orientation = exif_orientation(webp.at(at + 8, length));
    at += 8 + length + length % 2;
  }
}

Header webp_header(const ImageBytes& webp) {
  if (webp.little_endian(4, 4) + 8 > webp.size()) webp.damaged("the WebP image is cut short");
  const std::string_view kind = webp.at(12, 4);
  Header header{Format::kWebp};
  if (kind == "VP8 ") {
    header.width = webp.little_endian(26, 2) & 0x3FFFU;
    header.height = webp.little_endian(28, 2) & 0x3FFFU;
  } else if (kind == "VP8L") {
    const std::uint64_t packed = webp.little_endian(21, 4);
    header.width = (packed & 0x3FFFU) + 1;
    header.height = (packed >> 14U & 0x3FFFU) + 1;
  } else if (kind == "VP8X") {
    header.width = webp.little_endian(24, 3) + 1;
    header.height = webp.little_endian(27, 3) + 1;
  } else {
    webp.damaged("the WebP image begins with an unknown chunk");
  }
  if (kind == "VP8X") read_webp_extras(webp, header);
  return header;
}

/// The next number of a PNM header, past white space and comments.
std::uint64_t pnm_number(const ImageBytes& pnm, std::uint64_t& at) {
  const auto current = [&] { return pnm.at(at, 1).front(); };
  const auto is_digit = [&] { return current() >= '0' && current() <= '9'; };
  for (; !is_digit(); ++at) {
    if (current() == '#')
      while (current() != '\n') ++at;
    if (std::string_view(" \t\r\n").find(current()) == std::string_view::npos)
      pnm.damaged("the PNM header holds something else than numbers");
  }
  std::uint64_t value = 0;
  for (; is_digit() && value <= kMostPixels; ++at)
    value = 10 * value + static_cast<std::uint64_t>(current() - '0');
  return value;
}

Header pnm_header(const ImageBytes& pnm) {
  const std::uint64_t channels = pnm.at(1, 1) == "6" ? 3 : 1;
  std::uint64_t at = 2;
  Header header{Format::kPnm};
  header.width = pnm_number(pnm, at);
  header.height = pnm_number(pnm, at);
  const std::uint64_t white = pnm_number(pnm, at);
  if (white < 255) pnm.unsupported("a PNM whose white is " + std::to_string(white) + ", not 255");
  header.bits = white > 255 ? 16 : 8;
  header.pixels = at + 1;
  if (header.width * header.height <= kMostPixels)
    pnm.at(header.pixels, header.width * header.height * channels);
  return header;
}

Header tiff_header(const ImageBytes& tiff) {
  const bool little = tiff.at(0, 1) == "I";
  const auto number = [&](std::uint64_t at, std::uint64_t length) {
    return little ? tiff.little_endian(at, length) : tiff.big_endian(at, length);
  };
  Header header{Format::kTiff};
  const std::uint64_t directory = number(4, 4);
  const std::uint64_t entries = number(directory, 2);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + 12 * i;
    const std::uint64_t tag = number(entry, 2);
    const bool is_short = number(entry + 2, 2) == 3;
    const auto value = [&] { return number(entry + 8, is_short ? 2 : 4); };
    if (tag == 256) header.width = value();
    if (tag == 257) header.height = value();
    if (tag == 262 && (value() == 4 || value() > 6))  // a mask; CIELAB, raw sensors and the like
      tiff.unsupported("a TIFF of color space " + std::to_string(value()));
    if (tag == 338 && value() == 2)  // libtiff multiplies colors by it
      tiff.unsupported("a TIFF with an alpha channel");
    if (tag == 339 && value() != 1 && number(entry + 4, 4) <= 2)
      tiff.unsupported("a TIFF whose samples are not unsigned");
    if (tag == 258)
      header.bits = number(entry + 4, 4) > 2 ? number(number(entry + 8, 4), 2) : value();
  }
  if (number(directory + 2 + 12 * entries, 4) != 0) tiff.unsupported("a TIFF of several pages");
  return header;
}

}  // namespace

Header read_header(std::string_view subject, std::string_view bytes) {
  const ImageBytes image(subject, bytes);
  const auto begins = [&](std::string_view with) { return bytes.substr(0, with.size()) == with; };
  if (bytes.empty()) image.damaged("the image is empty");
  if (begins(kPngSignature)) return png_header(image);
  if (begins("\xFF\xD8")) return jpeg_header(image);
  if (begins("BM")) return bmp_header(image);
  if (begins("RIFF") && image.at(8, 4) == "WEBP") return webp_header(image);
  if (begins({"II*\0", 4}) || begins({"MM\0*", 4})) return tiff_header(image);
  if (begins("P5") || begins("P6")) return pnm_header(image);
  if (begins("GIF8")) image.unsupported("a GIF, perhaps animated");
  throw DataError(subject,
                  "not an image of a known format; give BMP, JPEG, PNG, PNM, TIFF or WebP");
}

const char* extension_of(Format format) {
  switch (format) {
    case Format::kBmp:
      return "bmp";
    case Format::kJpeg:
      return "jpg";
    case Format::kPng:
      return "png";
    case Format::kPnm:
      return "ppm";
    case Format::kTiff:
      return "tif";
    case Format::kWebp:
      return "webp";
  }
  throw Error("unknown image format");
}

std::string png_essentials(std::string_view bytes) {
  std::string essentials(kPngSignature);
  const ImageBytes png("PNG", bytes);
  for (std::uint64_t at = kPngSignature.size();;) {
    const std::uint64_t length = 12 + png.big_endian(at, 4);
    const std::string_view type = png.at(at + 4, 4);
    const bool critical = type[0] >= 'A' && type[0] <= 'Z';
    if (critical || type == "eXIf") essentials += png.at(at, length);
    if (type == "IEND") return essentials;
    at += length;
  }
}

}  // namespace cs::codec
