#include "codec/images.hpp"

#include <algorithm>
#include <string>

#include "codec/decode.hpp"

namespace cs::codec {
namespace {

using store::Column;

void for_each_raw(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                  const TakeImage& take) {
  constexpr std::uint64_t kBlockBytes = 4U << 20U;  // a chunk is decompressed whole: read many rows
  const store::ColumnSpec& spec = images.require(Column::kImage);
  const int height = static_cast<int>(spec.shape.at(0)), width = static_cast<int>(spec.shape.at(1));
  const std::uint64_t rows = std::max<std::uint64_t>(kBlockBytes / spec.record_bytes(), 1);
  for (std::uint64_t at = 0; at < count; at += rows) {
    const int here = static_cast<int>(std::min(rows, count - at));
    cv::Mat block(here * height, width, CV_8UC3);
    images.read(Column::kImage, first + at, static_cast<std::uint64_t>(here), block.data);
    for (int i = 0; i < here; ++i)
      take(first + at + static_cast<std::uint64_t>(i),
           block.rowRange(i * height, (i + 1) * height));
  }
}

}  // namespace

bool is_encoded(const store::Dataset& images) {
  return images.require(Column::kImage).encoding == store::Encoding::kSource;
}

void for_each_image(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                    const TakeImage& take) {
  if (!is_encoded(images)) return for_each_raw(images, first, count, take);
  for (std::uint64_t id = first; id < first + count; ++id)
    take(id, decode(images.name() + ": record " + std::to_string(id),
                    images.read_bytes(Column::kImage, id, 1).front()));
}

}  // namespace cs::codec
