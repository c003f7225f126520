/// A source of images, whatever it is: a folder, an archive, arrays, shards, a procedural set.
/// open_source() (source/open.hpp) makes one.
#pragma once

#include <cstdint>
#include <functional>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cs::source {

struct Item {
  std::string name;         ///< the path under the prefix, with slashes, or a number
  std::int32_t label = -1;  ///< index in classes(); -1 if the item has none
};

/// A list of images that can be read again and again. Files stand in the order of their names, byte
/// by byte, so a folder and an archive of it give the same list; arrays keep their own order.
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
  /// The names of the classes, in the order of source/classes.hpp unless the source has its own;
  /// empty if no item has a label.
  virtual const std::vector<std::string>& classes() const = 0;

  /// Whether read() delivers encoded image files, not pixels.
  virtual bool is_encoded() const { return false; }

  /// Calls `take` with the bytes of each item of `wanted` (indices in any order, repeats allowed),
  /// in that order, from the calling thread. The bytes are empty where decode() needs none. Throws
  /// DataError if the source has changed since it was listed; what `take` throws passes through.
  virtual void read(const std::vector<std::size_t>& wanted, const Take& take) const = 0;

  /// The pixels (8-bit RGB) of item `index`, whose `bytes` read() delivered. Thread-safe. Throws
  /// DataError naming the item.
  virtual cv::Mat decode(std::size_t index, std::string_view bytes) const;
};

}  // namespace cs::source
