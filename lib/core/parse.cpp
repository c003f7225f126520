#include "core/parse.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "core/error.hpp"

namespace cs {
namespace {

std::string text_of(std::uint64_t value) { return std::to_string(value); }
std::string text_of(double value) { return to_text(value); }

template <typename T>
T parse_in_range(std::string_view what, std::string_view text, T low, T high, const char* kind) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    throw UsageError(what, "'" + printable(text) + "' is not " + kind);
  if (error == std::errc::result_out_of_range || !(value >= low && value <= high))
    throw UsageError(what, "'" + printable(text) + "' is out of range; give " + text_of(low) +
                               " to " + text_of(high));
  return value;
}

}  // namespace

std::uint64_t parse_unsigned(std::string_view what, std::string_view text, std::uint64_t low,
                             std::uint64_t high) {
  return parse_in_range(what, text, low, high, "a whole number");
}

double parse_number(std::string_view what, std::string_view text, double low, double high) {
  return parse_in_range(what, text, low, high, "a number");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> pieces;
  for (;;) {
    const std::size_t at = text.find(separator);
    pieces.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string text;
  for (const std::string& piece : pieces) {
    if (&piece != &pieces.front()) text += separator;
    text += piece;
  }
  return text;
}

std::string to_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

}  // namespace cs
