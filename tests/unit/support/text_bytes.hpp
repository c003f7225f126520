/// A string that parsers see as a file.
#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"
#include "formats/bytes.hpp"

namespace cs::test {

class TextBytes : public formats::Bytes {
 public:
  explicit TextBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::uint64_t length, char* to) const override {
    if (offset > bytes_.size() || length > bytes_.size() - offset)
      throw DataError(name_, "is cut short");
    bytes_.copy(to, length, offset);
  }
  using Bytes::read;

 private:
  std::string name_ = "x";
  std::string bytes_;
};

}  // namespace cs::test
