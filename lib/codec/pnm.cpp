#include "codec/pnm.hpp"

#include <cstdint>
#include <cstring>
#include <string>

namespace cs::codec {
namespace {

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

}  // namespace

Header pnm_header(const ImageBytes& pnm) {
  const char kind = pnm.at(1, 1).front();
  if (kind != '5' && kind != '6') pnm.unsupported(std::string("a PNM of the form P") + kind);
  const std::uint64_t channels = kind == '6' ? 3 : 1;
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

cv::Mat decode_pnm(std::string_view subject, std::string_view bytes) {
  const ImageBytes image(subject, bytes);
  const Header header = read_header(subject, bytes);
  cv::Mat rgb(static_cast<int>(header.height), static_cast<int>(header.width), CV_8UC3);
  const std::uint64_t area = header.width * header.height;
  const bool gray = bytes[1] == '5';
  const std::string_view from = image.at(header.pixels, gray ? area : 3 * area);
  if (!gray) {
    std::memcpy(rgb.data, from.data(), from.size());
    return rgb;
  }
  for (std::uint64_t i = 0; i < area; ++i) std::memset(rgb.data + 3 * i, from[i], 3);
  return rgb;
}

}  // namespace cs::codec
