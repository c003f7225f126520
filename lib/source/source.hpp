/// Where images come from: folders, archives, arrays of pixels, shards, procedural sets.
///
///     const auto source = source::open_source("photos.tar.zst", {"train"});
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

#include "store/seal.hpp"

namespace cs::source {

struct Item {
  std::string name;         ///< the path under the prefix, with slashes, or a number
  std::int32_t label = -1;  ///< index in classes(); -1 without classes
};

/// A list of images that can be read again and again. Files stand in the order of their names, byte
/// by byte, so a folder and an archive of it give the same list; arrays in their own.
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
  /// The names of the classes, in their order (image/classes.hpp) unless the source has an order of
  /// its own; empty if items have no labels.
  virtual const std::vector<std::string>& classes() const = 0;

  /// Whether read() delivers encoded image files, not pixels.
  virtual bool is_encoded() const { return false; }

  /// Calls `take` with the bytes of each item (none, if decode() needs none) of `wanted` (indices
  /// in any order, repeats allowed), in that order, from the calling thread. Throws DataError if
  /// the source has changed since it was listed; what `take` throws passes through.
  virtual void read(const std::vector<std::size_t>& wanted, const Take& take) const = 0;

  /// The pixels (8-bit RGB) of item `index`, whose `bytes` read() delivered. Thread-safe. Throws
  /// DataError naming the item.
  virtual cv::Mat decode(std::size_t index, std::string_view bytes) const;
};

struct SourceOptions {
  std::string prefix;                          ///< take only what is under it
  bool labels = true;                          ///< false: take no classes from the source
  std::uint64_t seed = 0;                      ///< names a procedural set
  std::filesystem::path spill_dir = ".";       ///< for unlinked temporary files
  store::Verify verify = store::Verify::kAll;  ///< of shards
};

/// Opens, by what `operand` is:
///
///   * a folder: image files at PREFIX/CLASS/.../FILE. Links are followed; hidden files, and files
///     that are not called .jpg .jpeg .png .bmp .webp .ppm .tif or .tiff, are passed over;
///   * a tar (plain, gzip, zstd or xz) or zip archive, with the same rules; never extracted;
///   * either of them as a WebDataset: classes from NAME.cls beside the images;
///   * arrays of pixels: CIFAR-10, CIFAR-100, IDX (MNIST), STL-10, .npy; a file, or a folder or
///     archive (.npz) of files, each of them perhaps packed;
///   * a shard or a folder of shards, with raw or encoded images;
///   * `synth:shapes?count=N&size=S` (both optional: 10000, 32): see image/synth.hpp.
///
/// `KIND:PATH` says what it is: images, webdataset, cifar10, cifar100, idx, stl10, npy, shard.
///
/// Only what is under `prefix` is listed, without it in the names. Files are either all in folders,
/// the first of which is the class, or all in none.
///
/// Throws UsageError for a faulty `synth:` address or prefix, Error if the operand cannot be read,
/// DataError for everything else, a source without any image included.
std::unique_ptr<Source> open_source(const std::string& operand, const SourceOptions& options);

/// The part of `operand` that is a path: all but `KIND:`. Empty for a procedural set.
std::string path_of_source(const std::string& operand);

/// `operand` for histories: printable, without the folders that differ from machine to machine.
std::string history_name(const std::string& operand);

}  // namespace cs::source
