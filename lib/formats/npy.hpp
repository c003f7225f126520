/// NumPy's array file (.npy): headers read (versions 1 to 3), files written (version 1.0,
/// row-major).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bytes.hpp"

namespace cs::formats {

struct NpyHeader {
  char kind = 'u';          ///< NumPy's: u, i, f, b, ...; S and U are texts of one length
  std::uint64_t bytes = 1;  ///< of one element: 1 to 16, of a text up to 64 KiB
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t data = 0;  ///< offset of the elements

  std::string dtype() const;  ///< as NumPy says: "u1"; the number of a U is that of its characters
  /// The elements in all. Throws DataError if `file` does not hold exactly these.
  std::uint64_t count_in(const Bytes& file) const;
};

/// Reads the header alone; the caller checks that the file holds the elements. Throws DataError
/// naming the file for anything else, including arrays of objects and structures.
NpyHeader read_npy_header(const Bytes& file);

/// What precedes the elements in a file; padded so that they start at a multiple of 64 bytes.
/// `dtype` is "u1", "i4", "i8", "f2" or "f4" (little-endian). Throws Error for another type or a
/// shape beyond what version 1.0 can state.
std::string npy_header(std::string_view dtype, const std::vector<std::int64_t>& shape);

/// A complete file; throws Error if shape and bytes disagree.
std::string to_npy(std::string_view dtype, const std::vector<std::int64_t>& shape,
                   std::string_view bytes);

}  // namespace cs::formats
