/// Data sets that are arrays of raw pixels: CIFAR-10 and CIFAR-100 (binary version), MNIST's IDX,
/// STL-10 (binary version), NumPy's .npy. The parsers read headers and labels and say where the
/// pixels are; they check everything, and allocate only for labels that the file really holds.
/// All throw DataError naming the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/bytes.hpp"

namespace cs::formats {

/// The order of the values of one image.
enum class Layout {
  kInterleaved,      ///< by rows; the channels of a pixel side by side
  kPlanar,           ///< channel after channel, each by rows
  kPlanarByColumns,  ///< channel after channel, each by columns
};

/// Equally large images of 8 bits per channel, at equal distances in a file.
struct PixelArray {
  std::uint64_t count = 0;
  std::uint32_t height = 0, width = 0;
  std::uint32_t channels = 0;  ///< 1 (gray), 3 (RGB) or 4 (RGB and alpha)
  Layout layout = Layout::kInterleaved;
  std::uint64_t first = 0;           ///< offset of the first image
  std::uint64_t stride = 0;          ///< from one image to the next
  std::vector<std::int32_t> labels;  ///< of all images, or none at all; -1 for one without label

  std::uint64_t image_bytes() const { return std::uint64_t{height} * width * channels; }
};

/// Converts one image to RGB by rows, height * width * 3 bytes: gray becomes three equal channels,
/// alpha is dropped. `pixels` has image_bytes() bytes.
void to_rgb(const PixelArray& array, std::string_view pixels, std::uint8_t* rgb);

/// 10 or 100 if size and label bytes are those of a CIFAR-10 or CIFAR-100 file, else nothing.
std::optional<int> recognize_cifar(const Bytes& file);
/// Records of one label byte (CIFAR-100: a coarse one, then the fine one, which is taken) and 3
/// planes of 32 x 32. `classes` is 10 or 100.
PixelArray parse_cifar(const Bytes& file, int classes);

bool is_idx(const Bytes& file);
/// [N, H, W] (gray), [N, H, W, C] or [N, C, H, W]; C is 1, 3 or 4, and the last dimension is tried
/// first.
PixelArray parse_idx_images(const Bytes& file);
std::vector<std::int32_t> parse_idx_labels(const Bytes& file);

/// Images of 96 x 96, by columns.
PixelArray parse_stl10_images(const Bytes& file);
/// Bytes, which count from 1; the result counts from 0.
std::vector<std::int32_t> parse_stl10_labels(const Bytes& file);

bool is_npy(const Bytes& file);
/// u1 of [N, H, W], [N, H, W, C] or [N, C, H, W], row-major.
PixelArray parse_npy_images(const Bytes& file);
/// Whole numbers of [N] or [N, 1].
std::vector<std::int32_t> parse_npy_labels(const Bytes& file);
/// Dimensions of the array.
std::size_t npy_dimensions(const Bytes& file);

}  // namespace cs::formats
