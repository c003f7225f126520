/// NumPy's array file (.npy, version 1.0), written in row-major order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cs::formats {

/// What precedes the elements in a file; padded so that they start at a multiple of 64 bytes.
/// `dtype` is "u1", "i4", "i8", "f2" or "f4" (little-endian). Throws Error for another type or a
/// shape beyond what version 1.0 can state.
std::string npy_header(std::string_view dtype, const std::vector<std::int64_t>& shape);

/// A complete file; throws Error if shape and bytes disagree.
std::string to_npy(std::string_view dtype, const std::vector<std::int64_t>& shape,
                   std::string_view bytes);

}  // namespace cs::formats
