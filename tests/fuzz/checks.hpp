/// What must hold of arrays of images and of labels that a parser accepted.
#pragma once

#include <vector>

#include "formats/pixel_array.hpp"
#include "fuzz.hpp"

namespace cs::fuzz {

inline void check_labels(const std::vector<std::int32_t>& labels, std::uint64_t count,
                         std::int32_t classes = 1'000'000) {
  require(labels.size() == count, "every record has a label");
  for (const std::int32_t label : labels)
    require(label >= -1 && label < classes, "labels are classes, or -1");
}

/// Converts the first and the last image.
inline void check_images(const formats::Bytes& file, const formats::PixelArray& array) {
  require(array.count > 0 && array.image_bytes() > 0, "there are images, and they have pixels");
  require(array.channels == 1 || array.channels == 3 || array.channels == 4,
          "images have 1, 3 or 4 channels");
  require(array.first <= file.size() && array.image_bytes() <= file.size() - array.first &&
              array.count - 1 <= (file.size() - array.first - array.image_bytes()) / array.stride,
          "the images lie in the file");
  for (const std::uint64_t index : {std::uint64_t{0}, array.count - 1}) {
    const Exact pixels(file.read(array.first + index * array.stride, array.image_bytes()));
    std::vector<std::uint8_t> rgb(std::size_t{array.height} * array.width * 3);
    formats::to_rgb(array, pixels.view(), rgb.data());
    for (std::size_t i = 0; array.channels == 1 && i < rgb.size(); i += 3)
      require(rgb[i] == rgb[i + 1] && rgb[i] == rgb[i + 2], "gray stays gray");
  }
}

}  // namespace cs::fuzz
