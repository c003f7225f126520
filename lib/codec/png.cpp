#include "codec/png.hpp"

#include <png.h>
#include <zlib.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "codec/orientation.hpp"

namespace cs::codec {
namespace {

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);

std::uint64_t checksum(std::string_view bytes) {
  return ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

struct Failure {
  std::jmp_buf jump{};
  std::array<char, 128> text{};
};

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  auto* failure = static_cast<Failure*>(png_get_error_ptr(png));
  std::strncpy(failure->text.data(), text, failure->text.size() - 1);
  std::longjmp(failure->jump, 1);  // NOLINT(cert-err52-cpp): C code lies between
}

/// libpng goes on after these; all that are left concern chunks that pixels come from.
void on_warning(png_structp png, png_const_charp text) { on_error(png, text); }

void read_from(png_structp png, png_bytep to, std::size_t size) {
  auto* rest = static_cast<std::string_view*>(png_get_io_ptr(png));
  if (size > rest->size()) png_error(png, "ends too early");
  std::memcpy(to, rest->data(), size);
  rest->remove_prefix(size);
}

/// One decoder, freed with it. The methods return false after a failure.
class Reader {
 public:
  explicit Reader(std::string_view bytes)
      : rest_(bytes),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure_, on_error, on_warning)),
        info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {}
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool start() {
    if (info_ == nullptr || setjmp(failure_.jump) != 0) return false;  // NOLINT(cert-err52-cpp)
    png_set_read_fn(png_, &rest_, read_from);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // read_header() has its own
    png_read_info(png_, info_);
    png_set_expand(png_);
    png_set_strip_alpha(png_);
    png_set_gray_to_rgb(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool read(png_bytepp rows) {
    if (setjmp(failure_.jump) != 0) return false;  // NOLINT(cert-err52-cpp)
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }
  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  std::string failure() const { return failure_.text.data(); }

 private:
  Failure failure_;
  std::string_view rest_;
  png_structp png_;
  png_infop info_;
};

}  // namespace

Header png_header(const ImageBytes& png) {
  Header header{Format::kPng};
  bool has_pixels = false;
  for (std::uint64_t at = kPngSignature.size();;) {
    const std::uint64_t length = png.big_endian(at, 4);
    const std::string_view type = png.at(at + 4, 4);
    if (checksum(png.at(at + 4, length + 4)) != png.big_endian(at + 8 + length, 4))
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

std::string png_essentials(std::string_view bytes) {
  std::string essentials(kPngSignature);
  const ImageBytes png("PNG", bytes);
  for (std::uint64_t at = kPngSignature.size();;) {
    const std::uint64_t length = 12 + png.big_endian(at, 4);
    const std::string_view type = png.at(at + 4, 4);
    const bool critical = type[0] >= 'A' && type[0] <= 'Z';
    if (critical) essentials += png.at(at, length);
    if (type == "IEND") return essentials;
    at += length;
  }
}

cv::Mat decode_png(std::string_view subject, std::string_view bytes) {
  const ImageBytes image(subject, bytes);
  const std::string essentials = png_essentials(bytes);
  Reader reader(essentials);
  const auto check = [&](bool good) {
    if (!good) image.damaged("the PNG cannot be decoded (" + reader.failure() + ")");
  };
  check(reader.start());
  cv::Mat rgb(reader.height(), reader.width(), CV_8UC3);
  check(reader.row_bytes() == rgb.step[0]);
  std::vector<png_bytep> rows;
  rows.reserve(static_cast<std::size_t>(rgb.rows));
  for (int row = 0; row < rgb.rows; ++row) rows.push_back(rgb.ptr(row));
  check(reader.read(rows.data()));
  return rgb;
}

}  // namespace cs::codec
