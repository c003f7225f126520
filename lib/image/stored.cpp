#include "image/stored.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "codec/decode.hpp"
#include "core/stop.hpp"

namespace cs::image {

using store::Column;
using Take = std::function<void(std::uint64_t id, std::string_view bytes)>;

bool holds_files(const store::Dataset& dataset) {
  return dataset.require(Column::kImage).encoding == store::Encoding::kSource;
}

void each_image(const store::Dataset& dataset, std::uint64_t first, std::uint64_t count,
                const Take& take) {
  const bool files = holds_files(dataset);
  const std::size_t size = dataset.require(Column::kImage).record_bytes();
  std::string pixels;
  for (std::uint64_t id = first; id < first + count;) {
    const std::uint64_t rows = std::min(dataset.run(Column::kImage, id), first + count - id);
    const auto each = [&](const auto& bytes_of) {
      for (std::uint64_t i = 0; i < rows; ++i) {
        check_stop();
        take(id + i, bytes_of(i));
      }
    };
    if (files) {
      const std::vector<std::string> block = dataset.read_bytes(Column::kImage, id, rows);
      each([&](std::uint64_t i) { return std::string_view(block[i]); });
    } else {
      pixels.resize(rows * size);
      dataset.read(Column::kImage, id, rows, pixels.data());
      each([&](std::uint64_t i) { return std::string_view(pixels).substr(i * size, size); });
    }
    id += rows;
  }
}

void each_image(const store::Dataset& dataset, const Take& take) {
  each_image(dataset, dataset.header().first, dataset.count(), take);
}

std::string subject_of(const store::Dataset& dataset, std::uint64_t id) {
  return dataset.shard_of(id).path().string() + ": record " + std::to_string(id);
}

cv::Mat pixels_of(const store::Dataset& dataset, std::uint64_t id, std::string_view bytes) {
  if (holds_files(dataset)) return codec::decode(subject_of(dataset, id), bytes);
  const store::ColumnSpec& spec = dataset.require(Column::kImage);
  cv::Mat image(static_cast<int>(spec.shape.at(0)), static_cast<int>(spec.shape.at(1)), CV_8UC3);
  std::memcpy(image.data, bytes.data(), bytes.size());
  return image;
}

void check_files(const store::Dataset& dataset) {
  if (!holds_files(dataset)) return;
  each_image(dataset,
             [&](std::uint64_t id, std::string_view bytes) { pixels_of(dataset, id, bytes); });
}

}  // namespace cs::image
