/// Embeddings that somebody else computed, in the files in which people keep them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bytes.hpp"
#include "formats/vectors.hpp"

namespace cs::formats {

struct Recording {
  Vectors vectors;
  std::vector<std::string> names;  ///< of the images, one a vector; empty: in the images' order
};

/// Reads a NumPy archive: its array `array`, or the only one that is of vectors
/// (parse_npy_vectors()), and the texts under `names`, if they are there. Other arrays are not
/// looked at. Throws UsageError if the array is to be chosen or is not there, DataError naming the
/// file for damage, arrays of over 1 GiB that are packed to less than a hundredth, and
/// names that are not as many as the vectors.
Recording parse_recorded_npz(const Bytes& file, const std::optional<std::string>& array);

/// Reads JSON lines: an object a line, {"embedding": [numbers]}, with the "name" of the image, or
/// its "index" in the images' order from 0, or neither; the same member in all lines. Lines with an
/// index are put in order: each number below their count occurs once. "object": "embedding" may be
/// there, as OpenAI writes it. Throws DataError naming `subject` and line for anything else, also
/// for vectors that are not of one length or not finite as f32, and lines over 16 MiB.
Recording parse_recorded_lines(std::string_view subject, std::string_view text);

}  // namespace cs::formats
