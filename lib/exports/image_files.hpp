/// Images of a dataset as files, one by one or all in a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "store/dataset.hpp"

namespace cs::exports {

struct ImageFile {
  std::string extension;  ///< without a dot
  std::string bytes;
};

/// Makes a file of image `id`, of which `stored` is what the shard holds.
using MakeImageFile = std::function<ImageFile(std::uint64_t id, std::string_view stored)>;

/// The image as a PNG.
ImageFile png_file(const store::Dataset& dataset, std::uint64_t id, std::string_view stored);

/// The file that the image is stored as, its extension by its content.
ImageFile source_file(const store::Dataset& dataset, std::uint64_t id, std::string_view stored);

/// Writes the new folder `target` of ID.EXT and write_index().
void write_image_folder(const store::Dataset& dataset, const std::filesystem::path& target,
                        const MakeImageFile& make);

}  // namespace cs::exports
