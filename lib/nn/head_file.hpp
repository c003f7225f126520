/// The file a head is kept in.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "formats/head_about.hpp"
#include "nn/head.hpp"

namespace cs::nn {

using formats::HeadAbout;

struct HeadFile {
  Head head;
  HeadAbout about;  ///< with the head's classes
  Digest digest;    ///< of the whole file
};

/// Publishes `head` as safetensors with the tensors `fc.weight` and `fc.bias`. The classes come
/// from the head, what else there is to say from `about`.
void save_head(const std::filesystem::path& path, const Head& head, HeadAbout about,
               Overwrite overwrite);

/// Reads what save_head() wrote. Throws DataError for a file that is damaged, is no head, or whose
/// tensors and classes disagree.
HeadFile load_head(const std::filesystem::path& path);

}  // namespace cs::nn
