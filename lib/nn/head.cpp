#include "nn/head.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "nn/weights_file.hpp"

namespace cs::nn {
namespace {

constexpr int kFormat = 1;

State state_of(const Head& head) { return {{"fc.weight", head.weight}, {"fc.bias", head.bias}}; }

std::vector<std::string> read_classes(const WeightsFile& file) {
  const auto refuse = [&](const std::string& what) {
    throw DataError(file.subject, what + "; make heads with cs-probe or cs-train");
  };
  if (!file.about.is_object() || file.about.value("format", Json()) != kFormat ||
      !file.about.contains("classes") || !file.about["classes"].is_array())
    refuse("is no head of this version");
  const Json& classes = file.about["classes"];
  for (const Json& name : classes)
    if (!name.is_string()) refuse("names a class by something that is no text");
  if (classes.size() < 2) refuse("names fewer than two classes");
  return classes.get<std::vector<std::string>>();
}

}  // namespace

at::Tensor logits(const Head& head, const at::Tensor& embeddings) {
  return at::linear(embeddings, head.weight, head.bias);
}

void save_head(const std::filesystem::path& path, const Head& head, const Json& about,
               Overwrite overwrite) {
  Json all = {{"format", kFormat}, {"classes", head.classes}};
  all.update(about);
  save_weights(path, state_of(head), all, overwrite);
}

HeadFile load_head(const std::filesystem::path& path) {
  const WeightsFile file = read_weights(path);
  HeadFile result;
  result.head.classes = read_classes(file);
  result.about = file.about;
  result.digest = file.digest;
  const formats::TensorBytes* const weight = file.file.find("fc.weight");
  const auto classes = static_cast<std::int64_t>(result.head.classes.size());
  if (weight == nullptr || weight->shape.size() != 2 || weight->shape[0] != classes)
    throw DataError(file.subject, "has no matrix 'fc.weight' with a row for each of its classes");
  result.head.weight = at::empty({classes, weight->shape[1]});
  result.head.bias = at::empty({classes});
  copy_into(state_of(result.head), file.file, file.subject);
  file.verify();
  return result;
}

}  // namespace cs::nn
