/// Bytes with random access, for parsers of large files.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace cs::formats {

/// A file, or a buffer in its place.
class Bytes {
 public:
  Bytes() = default;
  virtual ~Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  virtual const std::string& name() const = 0;  ///< for messages
  virtual std::uint64_t size() const = 0;
  /// Throws DataError if the file ends before `offset + length`, Error if it cannot be read.
  virtual void read(std::uint64_t offset, std::uint64_t length, char* to) const = 0;

  std::string read(std::uint64_t offset, std::uint64_t length) const {
    std::string bytes(length <= size() ? length : 0, '\0');  // a longer part is refused
    read(offset, length, bytes.data());
    return bytes;
  }

  /// The first `most` bytes, or all if there are fewer.
  std::string head(std::uint64_t most) const { return read(0, most < size() ? most : size()); }
};

/// Bytes in memory, which must outlive it.
class Buffer : public Bytes {
 public:
  Buffer(std::string_view subject, std::string_view bytes) : name_(subject), bytes_(bytes) {}
  using Bytes::read;
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::uint64_t length, char* to) const override {
    if (offset > bytes_.size() || length > bytes_.size() - offset)
      throw DataError(name_, "ends too early; copy or fetch it again");
    std::memcpy(to, bytes_.data() + offset, length);
  }

 private:
  std::string name_;
  std::string_view bytes_;
};

}  // namespace cs::formats
