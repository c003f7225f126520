#include "source/array_source.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <utility>

#include "core/stop.hpp"

namespace cs::source {

ArraySource::ArraySource(std::vector<ArrayPart> parts, std::vector<std::string> classes)
    : parts_(std::move(parts)), classes_(std::move(classes)) {
  std::map<std::string, std::uint64_t> numbers;  // images of a split so far
  for (const ArrayPart& part : parts_) {
    begins_.push_back(size_);
    first_numbers_.push_back(numbers[part.split]);
    numbers[part.split] += part.array.count;
    size_ += part.array.count;
  }
}

Item ArraySource::item(std::size_t index) const {
  const std::size_t p = part_of(index);
  const ArrayPart& part = parts_[p];
  const std::size_t local = index - begins_[p];
  std::array<char, 24> digits{};
  const std::uint64_t number = first_numbers_[p] + local;
  std::snprintf(digits.data(), digits.size(), "%08" PRIu64, number);
  Item item{(part.split.empty() ? "" : part.split + "/") + digits.data()};
  if (!classes_.empty() && !part.array.labels.empty()) item.label = part.array.labels[local];
  return item;
}

void ArraySource::read(const std::vector<std::size_t>& wanted, const Take& take) const {
  std::string pixels;
  for (std::size_t position = 0; position < wanted.size(); ++position) {
    check_stop();
    const std::size_t p = part_of(wanted[position]);
    const formats::PixelArray& array = parts_[p].array;
    pixels.resize(array.image_bytes());
    parts_[p].file->read(array.first + (wanted[position] - begins_[p]) * array.stride,
                         pixels.size(), pixels.data());
    take(position, pixels);
  }
}

cv::Mat ArraySource::decode(std::size_t index, std::string_view bytes) const {
  const formats::PixelArray& array = parts_[part_of(index)].array;
  cv::Mat image(static_cast<int>(array.height), static_cast<int>(array.width), CV_8UC3);
  formats::to_rgb(array, bytes, image.data);
  return image;
}

std::size_t ArraySource::part_of(std::size_t index) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
  return static_cast<std::size_t>(after - begins_.begin()) - 1;
}

}  // namespace cs::source
