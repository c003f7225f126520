/// Text cut and joined, and the strict conversion of words from a command line: the whole string,
/// in range, in the C locale. "1,5", "0x10", " 3", "" and "nan" are refused; every function throws
/// UsageError `what: 'text' is not ...`, where `what` names the option.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cs {

std::uint64_t parse_unsigned(std::string_view what, std::string_view text, std::uint64_t low,
                             std::uint64_t high);
double parse_number(std::string_view what, std::string_view text, double low, double high);

/// `text` cut at `separator`; "" gives one empty piece.
std::vector<std::string> split(std::string_view text, char separator);

/// The pieces one after the other, with `separator` between them.
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// The shortest decimal text that reads back as `value`.
std::string to_text(double value);

}  // namespace cs
