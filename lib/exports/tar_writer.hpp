/// Writes a tar archive.
#pragma once

#include <archive.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/file.hpp"

namespace cs::exports {

/// A POSIX (ustar) archive of regular files under construction. Members carry no time and no owner,
/// so equal members make equal archives. Only close() publishes it; destroyed before that, it
/// leaves nothing behind.
class TarWriter {
 public:
  /// Throws as Pending::file() does, if the target exists above all.
  explicit TarWriter(const std::filesystem::path& target);

  /// `name` has at most 100 bytes, `bytes` under 8 GiB. Throws Error if the disk is full.
  void add(const std::string& name, std::string_view bytes);
  void close();

 private:
  struct Free {
    void operator()(archive* handle) const;
  };
  void check(la_ssize_t status) const;

  Pending file_;
  std::unique_ptr<archive, Free> handle_;
};

}  // namespace cs::exports
