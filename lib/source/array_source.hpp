/// Images one after the other from several arrays of pixels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "formats/pixel_array.hpp"
#include "source/file_bytes.hpp"
#include "source/source.hpp"

namespace cs::source {

/// One file of images, opened.
struct ArrayPart {
  std::string split;  ///< before the number in names; perhaps empty
  std::unique_ptr<FileBytes> file;
  formats::PixelArray array;
};

/// Items are called SPLIT/NUMBER or NUMBER; numbers count through the parts of one split.
class ArraySource : public Source {
 public:
  ArraySource(std::vector<ArrayPart> parts, std::vector<std::string> classes);

  std::size_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  Item item(std::size_t index) const override;
  void read(const std::vector<std::size_t>& wanted, const Take& take) const override;
  cv::Mat decode(std::size_t index, std::string_view bytes) const override;

 private:
  std::size_t part_of(std::size_t index) const;

  std::vector<ArrayPart> parts_;
  std::vector<std::string> classes_;
  std::vector<std::size_t> begins_;           ///< of each part, among all images
  std::vector<std::uint64_t> first_numbers_;  ///< of each part, in its split
  std::size_t size_ = 0;
};

}  // namespace cs::source
