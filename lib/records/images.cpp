#include "records/images.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "codec/decode.hpp"
#include "core/stop.hpp"

namespace cs::records {

using store::Column;

bool is_encoded(const store::Dataset& images) {
  return images.require(Column::kImage).encoding == store::Encoding::kSource;
}

void for_each_stored(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                     const TakeStored& take) {
  const bool encoded = is_encoded(images);
  const std::size_t size = images.require(Column::kImage).record_bytes();
  std::string pixels;
  for (std::uint64_t id = first; id < first + count;) {
    const std::uint64_t rows = std::min(images.run(Column::kImage, id), first + count - id);
    const auto each = [&](const auto& bytes_of) {
      for (std::uint64_t i = 0; i < rows; ++i) {
        check_stop();
        take(id + i, bytes_of(i));
      }
    };
    if (encoded) {
      const std::vector<std::string> block = images.read_bytes(Column::kImage, id, rows);
      each([&](std::uint64_t i) { return std::string_view(block[i]); });
    } else {
      pixels.resize(rows * size);
      images.read(Column::kImage, id, rows, pixels.data());
      each([&](std::uint64_t i) { return std::string_view(pixels).substr(i * size, size); });
    }
    id += rows;
  }
}

void for_each_image(const store::Dataset& images, std::uint64_t first, std::uint64_t count,
                    const TakeImage& take) {
  for_each_stored(images, first, count, [&](std::uint64_t id, std::string_view bytes) {
    take(id, image_of(images, id, bytes));
  });
}

std::string subject_of(const store::Dataset& images, std::uint64_t id) {
  return images.shard_of(id).path().string() + ": record " + std::to_string(id);
}

cv::Mat image_of(const store::Dataset& images, std::uint64_t id, std::string_view bytes) {
  if (is_encoded(images)) return codec::decode(subject_of(images, id), bytes);
  const store::ColumnSpec& spec = images.require(Column::kImage);
  cv::Mat image(static_cast<int>(spec.shape.at(0)), static_cast<int>(spec.shape.at(1)), CV_8UC3);
  std::memcpy(image.data, bytes.data(), bytes.size());
  return image;
}

void check_files(const store::Dataset& images) {
  if (!is_encoded(images)) return;
  for_each_image(images, images.header().first, images.count(),
                 [](std::uint64_t /*id*/, const cv::Mat& /*rgb*/) {});
}

}  // namespace cs::records
