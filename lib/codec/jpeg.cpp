#include "codec/jpeg.hpp"

#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <jerror.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "codec/orientation.hpp"

namespace cs::codec {
namespace {

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

/// libjpeg's errors, kept as text. Its handlers leave by longjmp(), so what runs below setjmp() has
/// nothing to destroy.
struct Failure {
  jpeg_error_mgr manager{};  // libjpeg knows us by the address of this member
  jpeg_progress_mgr progress{};
  std::jmp_buf jump{};
  std::array<char, JMSG_LENGTH_MAX> text{};
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto* failure = reinterpret_cast<Failure*>(info->err);
  (*info->err->format_message)(info, failure->text.data());
  std::longjmp(failure->jump, 1);  // NOLINT(cert-err52-cpp): C code lies between
}

void on_message(j_common_ptr info, int level) {
  // Parameters of a sequential scan that are odd and have no meaning there: some cameras write so.
  if (level < 0 && info->err->msg_code != JWRN_NOT_SEQUENTIAL) on_error(info);
}

void no_output(j_common_ptr /*info*/) {}

/// Ends a small file whose scans, each a pass over all coefficients, would take minutes.
void count_scans(j_common_ptr info) {
  constexpr int kMostScans = 100;  // encoders write about ten
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto* failure = reinterpret_cast<Failure*>(info->err);
  std::snprintf(failure->text.data(), failure->text.size(), "over %d scans", kMostScans);
  std::longjmp(failure->jump, 1);  // NOLINT(cert-err52-cpp): C code lies between
}

/// All coefficients of a progressive JPEG came, to the last bit.
bool is_refined(const jpeg_decompress_struct& info) {
  if (info.coef_bits == nullptr) return true;
  for (int component = 0; component < info.num_components; ++component) {
    const int* bits = info.coef_bits[component];
    bool has_detail = false;
    for (int k = 0; k < DCTSIZE2; ++k) {
      if (bits[k] > 0 || (k == 0 && bits[k] < 0)) return false;
      has_detail = has_detail || (k > 0 && bits[k] == 0);
    }
    if (!has_detail) return false;
  }
  return true;
}

enum class Outcome { kDone, kFailed, kUnrefined, kStrange };

/// Between header and pixels: in a frame of its own, for longjmp().
Outcome start(jpeg_decompress_struct& info, std::string_view bytes) {
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  if (info.num_components == 4)
    info.out_color_space = JCS_CMYK;
  else if (info.num_components == 1 || info.num_components == 3)
    info.out_color_space = JCS_RGB;
  else
    return Outcome::kStrange;
  jpeg_start_decompress(&info);
  return is_refined(info) ? Outcome::kDone : Outcome::kUnrefined;
}

/// `cmyk`, stored inverted, as RGB: the product of ink and black, rounded.
void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, unsigned width) {
  for (unsigned x = 0; x < width; ++x, cmyk += 4, rgb += 3)
    for (unsigned c = 0; c < 3; ++c) {
      const unsigned ink = 255U - cmyk[c];
      const unsigned light = cmyk[3];
      const unsigned product = ink * light + 128;
      rgb[c] = static_cast<std::uint8_t>(light - (((product >> 8U) + product) >> 8U));
    }
}

void read_rows(jpeg_decompress_struct& info, cv::Mat& rgb, std::uint8_t* line) {
  while (info.output_scanline < info.output_height) {
    std::uint8_t* row = rgb.ptr(static_cast<int>(info.output_scanline));
    JSAMPROW to = line == nullptr ? row : line;
    jpeg_read_scanlines(&info, &to, 1);
    if (line != nullptr) cmyk_to_rgb(line, row, info.output_width);
  }
  jpeg_finish_decompress(&info);
}

/// One decompressor, freed with it.
class Decompressor {
 public:
  Decompressor() {
    info_.err = jpeg_std_error(&failure_.manager);
    failure_.manager.error_exit = on_error;
    failure_.manager.emit_message = on_message;
    failure_.manager.output_message = no_output;
    jpeg_create_decompress(&info_);
    failure_.progress.progress_monitor = count_scans;
    info_.progress = &failure_.progress;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  Outcome start(std::string_view bytes) {
    if (setjmp(failure_.jump) != 0) return Outcome::kFailed;  // NOLINT(cert-err52-cpp)
    return codec::start(info_, bytes);
  }
  Outcome read(cv::Mat& rgb, std::uint8_t* line) {
    if (setjmp(failure_.jump) != 0) return Outcome::kFailed;  // NOLINT(cert-err52-cpp)
    read_rows(info_, rgb, line);
    return Outcome::kDone;
  }
  const jpeg_decompress_struct& info() const { return info_; }
  std::string failure() const { return failure_.text.data(); }

 private:
  Failure failure_;
  jpeg_decompress_struct info_{};
};

}  // namespace

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

cv::Mat decode_jpeg(std::string_view subject, std::string_view bytes) {
  const ImageBytes jpeg(subject, bytes);
  Decompressor decompressor;
  const auto check = [&](Outcome outcome) {
    if (outcome == Outcome::kStrange)
      jpeg.unsupported("the JPEG has neither 1, 3 nor 4 color components");
    if (outcome == Outcome::kUnrefined) jpeg.damaged("the progressive JPEG lacks its last scans");
    if (outcome == Outcome::kFailed)
      jpeg.damaged("the JPEG cannot be decoded (" + decompressor.failure() + ")");
  };
  check(decompressor.start(bytes));
  const jpeg_decompress_struct& info = decompressor.info();
  cv::Mat rgb(static_cast<int>(info.output_height), static_cast<int>(info.output_width), CV_8UC3);
  std::vector<std::uint8_t> line(info.output_components == 4 ? 4 * info.output_width : 0);
  check(decompressor.read(rgb, line.empty() ? nullptr : line.data()));
  return rgb;
}

}  // namespace cs::codec
