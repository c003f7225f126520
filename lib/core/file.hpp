/// Whole files: reading one, and writing one at once.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/pending.hpp"

namespace cs {

/// The folder of a file; "." for a name alone.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Publishes `bytes` as the file `target`; throws as Pending::file() and publish() do, and Error if
/// the disk is full.
void write_file(const std::filesystem::path& target, std::string_view bytes, Overwrite overwrite);

/// The bytes of a file; throws Error if it cannot be read, DataError if it is over `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 36U);

/// Throws UsageError if `output` is one of `inputs` (by device and inode, so links do not fool it),
/// or exists directly in an input that is a folder.
template <typename Paths>
void refuse_same_file(const std::filesystem::path& output, const Paths& inputs);

namespace detail {
void refuse_same_file(const std::filesystem::path& output, const std::filesystem::path& input);
}

template <typename Paths>
void refuse_same_file(const std::filesystem::path& output, const Paths& inputs) {
  for (const auto& input : inputs) detail::refuse_same_file(output, input);
}

}  // namespace cs
