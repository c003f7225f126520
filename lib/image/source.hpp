/// Where images come from: folders, tar archives, procedural sets.
///
///     const auto source = image::open_source("photos.tar.zst", "train", seed, "/tmp");
///     source->read({0, 1}, [&](std::size_t i, std::string_view bytes) {
///       show(source->item(i).name, source->decode(i, bytes));
///     });
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cs::image {

struct Item {
  std::string name;         ///< the path under the prefix, with slashes
  std::int32_t label = -1;  ///< index in classes(); -1 without classes
};

/// A list of images that can be read again and again. Items stand in the order of their names,
/// byte by byte, so a folder and an archive of it give the same list.
class Source {
 public:
  /// `position` counts through what was wanted; `bytes` are valid during the call only.
  using Take = std::function<void(std::size_t position, std::string_view bytes)>;

  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual std::size_t size() const = 0;  ///< at least 1
  virtual Item item(std::size_t index) const = 0;
  /// The names of the classes, sorted; empty if items have no labels.
  virtual const std::vector<std::string>& classes() const = 0;

  /// Calls `take` with the bytes of each item (none, if decode() needs none) of `wanted` (indices
  /// in any order, repeats allowed), in that order, from the calling thread. Throws DataError if
  /// the source has changed since it was listed; what `take` throws passes through.
  virtual void read(const std::vector<std::size_t>& wanted, const Take& take) const = 0;

  /// The pixels (8-bit RGB) of item `index`, whose `bytes` read() delivered. Thread-safe. Throws
  /// DataError naming the item.
  virtual cv::Mat decode(std::size_t index, std::string_view bytes) const;
};

/// Opens, by what `operand` is:
///
///   * a folder: image files at PREFIX/CLASS/.../FILE. Links are followed; hidden files, and files
///     that are not called .jpg .jpeg .png .bmp .webp .ppm .tif or .tiff, are passed over;
///   * a tar archive (plain, gzip, zstd or xz), with the same rules; never extracted;
///   * `synth:shapes?count=N&size=S` (both optional: 10000, 32): see image/synth.hpp. `seed` names
///     the set; other sources do not use it.
///
/// Only files under the folder `prefix` are listed, without it in their names. The class is the
/// first folder of a name; files are either all in folders or all in none. Archives read out of
/// their own order keep what comes early in an unlinked file in `spill_dir`.
///
/// Throws UsageError for a faulty `synth:` address or prefix, Error if the operand cannot be read,
/// DataError for everything else, a source without any image included.
std::unique_ptr<Source> open_source(const std::string& operand, const std::string& prefix,
                                    std::uint64_t seed, const std::filesystem::path& spill_dir);

}  // namespace cs::image
