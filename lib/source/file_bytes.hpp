/// Files read at any place, and temporary ones without a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "formats/bytes.hpp"

namespace cs::source {

/// An open file.
class FileBytes : public formats::Bytes {
 public:
  /// Throws Error if it cannot be opened.
  explicit FileBytes(const std::filesystem::path& path);
  /// A temporary file in `folder` that has no name and is gone when destroyed or killed; messages
  /// call it `name`. Throws Error if it cannot be made.
  static std::unique_ptr<FileBytes> temporary(const std::filesystem::path& folder,
                                              const std::string& name);
  ~FileBytes() override;

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::uint64_t length, char* to) const override;
  using Bytes::read;
  int descriptor() const { return file_; }

  /// Writes at the end; throws Error if that fails.
  void append(std::string_view bytes);

 private:
  FileBytes(int file, std::string name) : file_(file), name_(std::move(name)) {}
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::string name_;
};

}  // namespace cs::source
