#include "codec/tiff.hpp"

#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "codec/orientation.hpp"

namespace cs::codec {
namespace {

/// What libtiff reads from.
struct Memory {
  std::string_view bytes;
  std::uint64_t at = 0;
};

Memory& memory(thandle_t handle) { return *static_cast<Memory*>(handle); }

tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
  Memory& from = memory(handle);
  const std::uint64_t begin = std::min<std::uint64_t>(from.at, from.bytes.size());
  const std::string_view part = from.bytes.substr(begin, static_cast<std::uint64_t>(size));
  std::memcpy(to, part.data(), part.size());
  from.at += part.size();
  return static_cast<tmsize_t>(part.size());
}

tmsize_t refuse_write(thandle_t /*handle*/, void* /*from*/, tmsize_t /*size*/) { return 0; }

toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Memory& from = memory(handle);
  from.at = offset + (whence == SEEK_CUR ? from.at : whence == SEEK_END ? from.bytes.size() : 0);
  return from.at;
}

int close(thandle_t /*handle*/) { return 0; }
toff_t size(thandle_t handle) { return memory(handle).bytes.size(); }

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

/// Tiles and strips may claim any size: libtiff refuses those beyond the largest image.
std::unique_ptr<TIFF, Close> open(Memory& from) {
  const std::unique_ptr<TIFFOpenOptions, Close> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(4 * kMostPixels));
  return std::unique_ptr<TIFF, Close>(TIFFClientOpenExt(
      "TIFF", "rm", &from, read, refuse_write, seek, close, size, nullptr, nullptr, options.get()));
}

/// libtiff prints unless told otherwise; what matters comes back as a failure.
void silence_libtiff() {
  static const bool done = [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

Header tiff_header(const ImageBytes& tiff) {
  const bool little = tiff.at(0, 1) == "I";
  if (tiff.at(little ? 2 : 3, 1) == "+") tiff.unsupported("a BigTIFF");
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

cv::Mat decode_tiff(std::string_view subject, std::string_view bytes) {
  silence_libtiff();
  const ImageBytes image(subject, bytes);
  Memory from{bytes};
  const auto tiff = open(from);
  if (!tiff) image.damaged("the TIFF cannot be opened");
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  const Header header = tiff_header(image);
  if (width != header.width || height != header.height)  // of which the caller approved
    image.damaged("the TIFF states two sizes");
  std::uint16_t orientation = 1;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  if (orientation > 8) orientation = 1;
  // A field that stands twice is not always read as read_header() does.
  if (width == 0 || height == 0 || width > kMostPixels / height)
    image.damaged("the TIFF contradicts itself");
  // As stored, if it is asked for in the orientation that it has.
  std::vector<std::uint32_t> raster(std::size_t{width} * height);
  if (TIFFReadRGBAImageOriented(tiff.get(), width, height, raster.data(), orientation,
                                /*stopOnError=*/1) != 1)
    image.damaged("the TIFF cannot be decoded");
  cv::Mat rgb(static_cast<int>(height), static_cast<int>(width), CV_8UC3);
  for (std::size_t i = 0; i < raster.size(); ++i) {
    rgb.data[3 * i] = static_cast<std::uint8_t>(TIFFGetR(raster[i]));
    rgb.data[3 * i + 1] = static_cast<std::uint8_t>(TIFFGetG(raster[i]));
    rgb.data[3 * i + 2] = static_cast<std::uint8_t>(TIFFGetB(raster[i]));
  }
  return turn_upright(rgb, orientation);
}

}  // namespace cs::codec
