/// A source in memory, for tests of what is done with sources, and shards made of one.
#pragma once

#include <cstring>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "sample/import.hpp"
#include "source/source.hpp"

namespace cs::test {

/// An image is a number, its pixels a pure function of that and its size: equal numbers are equal
/// images.
struct MemoryItem {
  std::string name;
  std::int32_t label = -1;
  int image = 0;  ///< negative: does not decode
  int size = 2;
};

inline cv::Mat image_of(int number, int size) {
  cv::Mat image(size, size, CV_8UC3);
  for (std::size_t i = 0; i < image.total() * 3; ++i)
    image.data[i] = static_cast<unsigned char>((number + 1) * 37 + static_cast<int>(i) * 11);
  std::memcpy(image.data, &number, sizeof number);
  return image;
}

class MemorySource : public source::Source {
 public:
  MemorySource(std::vector<MemoryItem> items, std::vector<std::string> classes,
               bool encoded = false)
      : items_(std::move(items)), classes_(std::move(classes)), encoded_(encoded) {}

  std::size_t size() const override { return items_.size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return encoded_; }
  source::Item item(std::size_t index) const override {
    return {items_.at(index).name, items_.at(index).label};
  }
  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    ++reads;
    for (std::size_t i = 0; i < wanted.size(); ++i) take(i, "bytes of " + item(wanted[i]).name);
  }
  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    const MemoryItem& item = items_.at(index);
    if (bytes != "bytes of " + item.name) throw std::logic_error("bytes of another item");
    if (item.image < 0) throw DataError(item.name, "does not decode");
    return image_of(item.image, item.size);
  }

  mutable int reads = 0;

 private:
  std::vector<MemoryItem> items_;
  std::vector<std::string> classes_;
  bool encoded_;
};

/// Items called 0, 1, ... that show the images of these numbers.
inline std::vector<MemoryItem> items_of(const std::vector<int>& images, int size = 2) {
  std::vector<MemoryItem> items;
  for (const int image : images) items.push_back({std::to_string(items.size()), -1, image, size});
  return items;
}

/// Writes all of `source` as one shard of raw images.
inline void write_shard(const source::Source& source, const std::filesystem::path& path,
                        const sample::ImportOptions& options = {}) {
  std::vector<std::size_t> all(source.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  sample::import(source, all, options, [&](store::Header header) {
    return store::SetWriter(path, Overwrite::kAllow, std::move(header), all.size(), 1);
  });
}

}  // namespace cs::test
