/// Safetensors as bytes: names, types, shapes and where the data lies; no tensors here, so that
/// sanitizers and fuzzers reach it.
///
/// A file is a header length (u64, little-endian), a JSON header, and the data of all tensors:
/// little-endian, row-major, in one piece without holes or overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cs::formats {

/// One named array. `bytes` is a view of memory that must outlive it.
struct TensorBytes {
  std::string name;
  std::string dtype;  ///< the format's word: "F32", "I64", "U8", ...
  std::vector<std::int64_t> shape;
  std::string_view bytes;
};

using Metadata = std::map<std::string, std::string>;

struct Safetensors {
  Metadata metadata;
  std::vector<TensorBytes> tensors;  ///< in the order of their data

  /// The tensor of that name, or nullptr.
  const TensorBytes* find(std::string_view name) const;
};

/// Bytes per element of a type; 0 if the word is not one of the format's (of whole bytes).
std::size_t dtype_size(std::string_view dtype);

/// A complete file, tensors in the given order, the data aligned to 8 bytes. Throws Error if a
/// name repeats, a type is unknown, or shape and bytes disagree.
std::string to_safetensors(const std::vector<TensorBytes>& tensors, const Metadata& metadata);

/// Reads a complete file; the result's views point into `bytes`. Throws DataError naming `subject`
/// for anything that the format does not allow, down to one missing or surplus byte, and for a
/// header over 1 MiB (the format allows 100 MB).
Safetensors parse_safetensors(std::string_view subject, std::string_view bytes);

}  // namespace cs::formats
