/// Vectors of numbers, and the texts that name them, in NumPy's array files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/bytes.hpp"

namespace cs::formats {

/// `count` vectors of `width` finite numbers, one after the other.
struct Vectors {
  std::uint64_t count = 0;
  std::uint64_t width = 0;
  std::vector<float> values;

  const float* row(std::uint64_t index) const { return values.data() + index * width; }
};

/// The nearest of the numbers that 16 bits, in IEEE's half precision, stand for.
float half_to_float(std::uint16_t bits);

/// The nearest f32; infinite if there is none.
float to_float(double number);

/// Reads f2, f4 or f8 of [N, D], in C or Fortran order and either byte order; f8 is rounded to the
/// nearest f32. Throws DataError naming the file for another array, an empty one, a size that is
/// not the shape's, or a number that is not finite as f32, with its row.
Vectors parse_npy_vectors(const Bytes& file);

/// Reads texts of [N]: NumPy's U as UTF-8, S as the bytes that they are.
std::vector<std::string> parse_npy_texts(const Bytes& file);

}  // namespace cs::formats
