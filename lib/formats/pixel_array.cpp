#include "formats/pixel_array.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "formats/npy.hpp"

namespace cs::formats {
namespace {

constexpr std::uint64_t kMostSide = 65'535;
constexpr std::uint64_t kMostClasses = 1'000'000;
constexpr std::size_t kLabelBlock = std::size_t{1} << 16U;

[[noreturn]] void fail(const Bytes& file, const std::string& what) {
  throw DataError(file.name(), what);
}

/// The product of the extents; throws if it is beyond any file.
std::uint64_t product(const Bytes& file, const std::vector<std::uint64_t>& extents) {
  std::uint64_t all = 1;
  for (const std::uint64_t extent : extents) {
    if (extent != 0 && all > (std::uint64_t{1} << 62U) / extent)
      fail(file, "claims more elements than any file has; fetch it again");
    all *= extent;
  }
  return all;
}

void check_size(const Bytes& file, std::uint64_t wanted) {
  if (file.size() != wanted)
    fail(file, "has " + std::to_string(file.size()) + " bytes, not the " + std::to_string(wanted) +
                   " that its header promises; fetch it again");
}

/// [N, H, W], [N, H, W, C] or [N, C, H, W] of bytes that start at `first` and end the file.
PixelArray images_of_shape(const Bytes& file, const std::vector<std::uint64_t>& shape,
                           std::uint64_t first) {
  const auto is_channels = [](std::uint64_t n) { return n == 1 || n == 3 || n == 4; };
  PixelArray array;
  std::uint64_t height = 0;
  std::uint64_t width = 0;
  std::uint64_t channels = 1;
  if (shape.size() == 3) {
    height = shape[1], width = shape[2];
  } else if (shape.size() == 4 && is_channels(shape[3])) {
    height = shape[1], width = shape[2], channels = shape[3];
  } else if (shape.size() == 4 && is_channels(shape[1])) {
    height = shape[2], width = shape[3], channels = shape[1];
    array.layout = Layout::kPlanar;
  } else {
    fail(file, "is neither N x H x W nor N x H x W with 1, 3 or 4 channels; reshape it");
  }
  check_size(file, first + product(file, shape));
  if (shape[0] == 0 || height == 0 || width == 0) fail(file, "holds no image; name another");
  if (height > kMostSide || width > kMostSide)
    fail(file, "has images of more than 65535 pixels a side; shrink them");
  array.count = shape[0];
  array.height = static_cast<std::uint32_t>(height);
  array.width = static_cast<std::uint32_t>(width);
  array.channels = static_cast<std::uint32_t>(channels);
  array.first = first;
  array.stride = array.image_bytes();
  return array;
}

std::uint64_t big_endian(const Bytes& file, std::uint64_t offset) {
  std::uint64_t value = 0;
  for (const char byte : file.read(offset, 4))
    value = value << 8U | static_cast<std::uint8_t>(byte);
  return value;
}

/// The extents of an IDX array of bytes, whose data follow at 4 + 4 * dimensions.
std::vector<std::uint64_t> idx_shape(const Bytes& file) {
  const std::string magic = file.size() < 4 ? "" : file.read(0, 4);
  if (magic.empty() || magic[0] != 0 || magic[1] != 0)
    fail(file, "is not an IDX file; name one, or say what kind of file it is");
  if (magic[2] != 8) fail(file, "is an IDX file of another type than unsigned bytes; convert it");
  std::vector<std::uint64_t> shape;
  for (std::uint64_t i = 0; i < static_cast<std::uint8_t>(magic[3]); ++i)
    shape.push_back(big_endian(file, 4 + 4 * i));
  return shape;
}

/// The labels that `at(i, values)` makes of `count` elements of `bytes` bytes each from `first`.
template <typename Convert>
std::vector<std::int32_t> read_labels(const Bytes& file, std::uint64_t first, std::uint64_t count,
                                      std::uint64_t bytes, const Convert& convert) {
  std::vector<std::int32_t> labels;
  labels.reserve(count);
  for (std::uint64_t at = 0; at < count; at += kLabelBlock) {
    const std::uint64_t rows = std::min<std::uint64_t>(kLabelBlock, count - at);
    const std::string block = file.read(first + at * bytes, rows * bytes);
    for (std::uint64_t i = 0; i < rows; ++i)
      labels.push_back(convert(std::string_view(block).substr(i * bytes, bytes)));
  }
  return labels;
}

constexpr std::uint64_t kCifarPixels = 3072;
constexpr std::uint64_t kStlSide = 96;

bool is_cifar_label(const Bytes& file, std::uint64_t record, int classes) {
  const std::uint64_t bytes = kCifarPixels + (classes == 10 ? 1 : 2);
  const std::string label = file.read(record * bytes, classes == 10 ? 1 : 2);
  const auto coarse = static_cast<std::uint8_t>(label.front());
  const auto fine = static_cast<std::uint8_t>(label.back());
  return classes == 10 ? fine < 10 : coarse < 20 && fine < 100;
}

std::uint64_t cifar_records(const Bytes& file, int classes) {
  const std::uint64_t bytes = kCifarPixels + (classes == 10 ? 1 : 2);
  return file.size() % bytes == 0 ? file.size() / bytes : 0;
}

/// A label from a little- or big-endian whole number of 1 to 8 bytes.
std::int32_t whole_label(const Bytes& file, const NpyHeader& header, std::string_view bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t from_top = header.big_endian ? i : bytes.size() - 1 - i;
    bits = bits << 8U | static_cast<std::uint8_t>(bytes[from_top]);
  }
  const bool negative = header.kind == 'i' && (bits >> (8 * bytes.size() - 1) & 1U) != 0;
  const std::uint64_t all_ones =
      std::numeric_limits<std::uint64_t>::max() >> (64 - 8 * bytes.size());
  if (negative && bits == all_ones) return -1;
  if (negative || bits >= kMostClasses)
    fail(file, "holds a label that is neither -1 nor from 0 to 999999; renumber the labels");
  return static_cast<std::int32_t>(bits);
}

}  // namespace

void to_rgb(const PixelArray& array, std::string_view pixels, std::uint8_t* rgb) {
  const std::size_t height = array.height;
  const std::size_t width = array.width;
  const std::size_t area = height * width;
  const std::size_t channels = array.channels;
  const auto* from = reinterpret_cast<const std::uint8_t*>(pixels.data());
  if (array.layout == Layout::kInterleaved && channels == 3) {
    std::memcpy(rgb, from, area * 3);
    return;
  }
  for (std::size_t row = 0; row < height; ++row)
    for (std::size_t column = 0; column < width; ++column, rgb += 3)
      for (std::size_t c = 0; c < 3; ++c) {
        const std::size_t plane = channels == 1 ? 0 : c;
        switch (array.layout) {
          case Layout::kInterleaved:
            rgb[c] = from[(row * width + column) * channels + plane];
            break;
          case Layout::kPlanar:
            rgb[c] = from[plane * area + row * width + column];
            break;
          case Layout::kPlanarByColumns:
            rgb[c] = from[plane * area + column * height + row];
            break;
        }
      }
}

std::optional<int> recognize_cifar(const Bytes& file) {
  for (const int classes : {10, 100}) {
    const std::uint64_t records = cifar_records(file, classes);
    std::uint64_t good = 0;
    while (good < records && is_cifar_label(file, good, classes)) ++good;
    if (records > 0 && good == records) return classes;
  }
  return std::nullopt;
}

PixelArray parse_cifar(const Bytes& file, int classes) {
  const std::uint64_t label_bytes = classes == 10 ? 1 : 2;
  PixelArray array;
  array.count = cifar_records(file, classes);
  array.height = array.width = 32;
  array.channels = 3;
  array.layout = Layout::kPlanar;
  array.first = label_bytes;
  array.stride = kCifarPixels + label_bytes;
  const std::string name = "CIFAR-" + std::to_string(classes);
  if (array.count == 0)
    fail(file, "is not made of records of " + std::to_string(array.stride) + " bytes, as " + name +
                   " is; fetch it again");
  for (std::uint64_t i = 0; i < array.count; ++i) {
    if (!is_cifar_label(file, i, classes))
      fail(file, "record " + std::to_string(i) + " has a label that " + name +
                     " does not have; "
                     "fetch it again");
    array.labels.push_back(
        static_cast<std::uint8_t>(file.read(i * array.stride + label_bytes - 1, 1).front()));
  }
  return array;
}

bool is_idx(const Bytes& file) {
  if (file.size() < 8) return false;
  const std::string magic = file.read(0, 4);
  return magic[0] == 0 && magic[1] == 0 && magic[2] >= 8 && magic[2] <= 14 && magic[3] >= 1 &&
         magic[3] <= 4;
}

PixelArray parse_idx_images(const Bytes& file) {
  const auto shape = idx_shape(file);
  if (shape.size() == 1) fail(file, "holds labels; name the file of the images");
  return images_of_shape(file, shape, 4 + 4 * shape.size());
}

std::vector<std::int32_t> parse_idx_labels(const Bytes& file) {
  const auto shape = idx_shape(file);
  if (shape.size() != 1)
    fail(file, "is named like labels but has more than one dimension; rename it");
  check_size(file, 8 + shape[0]);
  return read_labels(file, 8, shape[0], 1,
                     [](std::string_view b) { return static_cast<std::uint8_t>(b.front()); });
}

PixelArray parse_stl10_images(const Bytes& file) {
  PixelArray array;
  array.height = array.width = kStlSide;
  array.channels = 3;
  array.layout = Layout::kPlanarByColumns;
  array.stride = array.image_bytes();
  array.count = file.size() / array.stride;
  if (array.count == 0 || file.size() % array.stride != 0)
    fail(file, "is not made of records of 27648 bytes, as STL-10 is; fetch it again");
  return array;
}

std::vector<std::int32_t> parse_stl10_labels(const Bytes& file) {
  return read_labels(file, 0, file.size(), 1, [&](std::string_view b) -> std::int32_t {
    const auto label = static_cast<std::uint8_t>(b.front());
    if (label < 1 || label > 10)
      fail(file, "holds a label that is not from 1 to 10; fetch it again");
    return label - 1;
  });
}

bool is_npy(const Bytes& file) {
  return file.size() >= 10 && file.read(0, 6) == std::string_view("\x93NUMPY", 6);
}

PixelArray parse_npy_images(const Bytes& file) {
  const NpyHeader header = read_npy_header(file);
  if (header.kind != 'u' || header.bytes != 1)
    fail(file, "holds " + header.dtype() + ", not u1; convert the images to 8 bits");
  if (header.fortran_order) fail(file, "is column-major; save numpy.ascontiguousarray of it");
  return images_of_shape(file, header.shape, header.data);
}

std::vector<std::int32_t> parse_npy_labels(const Bytes& file) {
  const NpyHeader header = read_npy_header(file);
  if ((header.kind != 'u' && header.kind != 'i') || header.bytes > sizeof(std::uint64_t))
    fail(file, "holds " + header.dtype() + ", not whole numbers; convert the labels");
  const bool column = header.shape.size() == 2 && header.shape[1] == 1;
  if (header.shape.size() != 1 && !column)
    fail(file, "does not hold one label for each image; reshape it");
  check_size(file, header.data + product(file, {header.shape[0], header.bytes}));
  return read_labels(file, header.data, header.shape[0], header.bytes,
                     [&](std::string_view bytes) { return whole_label(file, header, bytes); });
}

std::size_t npy_dimensions(const Bytes& file) { return read_npy_header(file).shape.size(); }

}  // namespace cs::formats
