#include "core/error.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cs {
namespace {

constexpr std::size_t kLongest = 300;

/// Length of the well-formed UTF-8 sequence at the start of `s`, 0 if there is none.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || s.size() < n) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;  // surrogates
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  if (lead == 0xC2 && byte(1) < 0xA0) return 0;  // C1 controls
  return n;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= kLongest) return out + "...";
    const std::size_t n = utf8_length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (n == 0 || c < 0x20 || c == 0x7F || c == '\\') {
      std::array<char, 5> hex{};
      std::snprintf(hex.data(), hex.size(), "\\x%02X", c);
      out += hex.data();
      text.remove_prefix(1);
    } else {
      out += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return out;
}

std::string advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "; make room and run again";
    case EFBIG:
      return "; make room or raise the limit of file sizes (ulimit -f), and run again";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    case ENOMEM:
    case EAGAIN:
      return "; free memory or raise its limit (ulimit -v)";
    case EROFS:
      return "; name a place that can be written";
    case EACCES:
    case EPERM:
      return "; change its permissions or name another place";
    default:
      return "";
  }
}

Error system_error(std::string_view subject, const std::string& what) {
  const int code = errno;
  return Error(subject, what + ": " + std::strerror(code) + advice(code));
}

}  // namespace cs
