/// What the fuzzers share: the parts of an input, a file in memory, and what may come out of a
/// parser. An exception that no fuzzer expects, or a condition that does not hold, ends the
/// program, and libFuzzer saves the input.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "formats/bytes.hpp"

namespace cs::fuzz {

/// What inputs are called in messages.
inline constexpr std::string_view kSubject = "input";

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// What `parse` makes of an input; nothing if it refuses. A refusal is a DataError of one printable
/// line that names the input.
template <typename Parse>
auto accepted(const Parse& parse) -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const DataError& e) {
    const std::string_view message = e.what();
    require(message.substr(0, kSubject.size() + 2) == std::string(kSubject) + ": ",
            "a refusal begins with the name of its file");
    require(std::all_of(message.begin(), message.end(),
                        [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }),
            "a refusal is one printable line");
    return std::nullopt;
  }
}

/// The bytes of one input, taken from the front; zeros once they are used up.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  /// The next sizeof(T) bytes as a little-endian number.
  template <typename T>
  T take() {
    std::uint64_t value = 0;
    const std::size_t size = std::min(sizeof(T), rest_.size());
    for (std::size_t i = 0; i < size; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(size);
    return static_cast<T>(value);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// One run on one input; every fuzzer defines its own.
void run(Input input);

/// Bytes in memory of exactly their size: a std::string has one more, which would hide a read past
/// the end.
class Exact {
 public:
  explicit Exact(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::vector<char> bytes_;
};

/// A file of `size` bytes: `pattern` over and over.
class MemoryFile : public formats::Bytes {
 public:
  explicit MemoryFile(std::string_view bytes) : MemoryFile(bytes, bytes.size()) {}
  MemoryFile(std::string_view pattern, std::uint64_t size)
      : pattern_(pattern), size_(pattern.empty() ? 0 : size) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::uint64_t length, char* to) const override {
    if (offset > size_ || length > size_ - offset) throw DataError(name_, "ends too early");
    for (std::uint64_t i = 0; i < length; ++i) to[i] = pattern_[(offset + i) % pattern_.size()];
  }
  using Bytes::read;

 private:
  std::string name_{kSubject};
  std::string_view pattern_;
  std::uint64_t size_;
};

}  // namespace cs::fuzz
