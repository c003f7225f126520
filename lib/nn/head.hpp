/// Heads: linear classifiers on an encoder's embeddings, and the file one is kept in.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "core/hash.hpp"
#include "core/json.hpp"

namespace cs::nn {

/// Row i of `weight` is the class classes[i].
struct Head {
  at::Tensor weight;                 ///< f32 [classes, width]
  at::Tensor bias;                   ///< f32 [classes]
  std::vector<std::string> classes;  ///< names
};

/// weight x + bias of every row of `embeddings` f32 [N, width]: logits f32 [N, classes].
at::Tensor logits(const Head& head, const at::Tensor& embeddings);

/// A head file's content. `about` is the JSON object that the metadata keep under "cs": "format",
/// "classes", and what save_head() was given.
struct HeadFile {
  Head head;
  Json about;
  Digest digest;  ///< of the whole file
};

/// Publishes `head` as safetensors with the tensors `fc.weight` and `fc.bias`. `about` is an object
/// of further members for the metadata: "encoder" (digest of the file of the encoder that it was
/// fitted on, if known), "history".
void save_head(const std::filesystem::path& path, const Head& head, const Json& about,
               Overwrite overwrite);

/// Reads what save_head() wrote. Throws DataError for a file that is damaged, is no head, or whose
/// tensors and classes disagree.
HeadFile load_head(const std::filesystem::path& path);

}  // namespace cs::nn
