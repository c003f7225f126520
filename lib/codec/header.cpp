#include "codec/header.hpp"

#include <array>
#include <string>

#include "codec/bmp.hpp"
#include "codec/image_bytes.hpp"
#include "codec/jpeg.hpp"
#include "codec/png.hpp"
#include "codec/pnm.hpp"
#include "codec/tiff.hpp"
#include "codec/webp.hpp"
#include "core/error.hpp"
#include "formats/file_kind.hpp"

namespace cs::codec {
namespace {

using formats::FileKind;

struct Row {
  Format format;
  FileKind kind;
  const char* extension;
  Header (*read)(const ImageBytes& image);
};

constexpr std::array kFormats = {Row{Format::kBmp, FileKind::kBmp, "bmp", bmp_header},
                                 Row{Format::kJpeg, FileKind::kJpeg, "jpg", jpeg_header},
                                 Row{Format::kPng, FileKind::kPng, "png", png_header},
                                 Row{Format::kPnm, FileKind::kPnm, "ppm", pnm_header},
                                 Row{Format::kTiff, FileKind::kTiff, "tif", tiff_header},
                                 Row{Format::kWebp, FileKind::kWebp, "webp", webp_header}};

}  // namespace

Header read_header(std::string_view subject, std::string_view bytes) {
  const ImageBytes image(subject, bytes);
  if (bytes.empty()) image.damaged("the image is empty");
  const FileKind kind = formats::kind_of(bytes.substr(0, formats::kHeadBytes), {});
  for (const Row& row : kFormats)
    if (row.kind == kind) return row.read(image);
  const std::string words(formats::words_for(kind));
  if (formats::use_of(kind) == formats::FileUse::kImage)
    throw DataError(subject, "is " + words + ", which is not read; convert it to PNG");
  throw DataError(subject, "not an image of a known format (it is " + words +
                               "); give BMP, JPEG, PNG, PNM, TIFF or WebP");
}

const char* extension_of(Format format) {
  for (const Row& row : kFormats)
    if (row.format == format) return row.extension;
  throw Error("unknown image format");
}

}  // namespace cs::codec
