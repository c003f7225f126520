#include "nn/head_file.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "core/error.hpp"
#include "formats/weights_file.hpp"
#include "nn/state.hpp"

namespace cs::nn {
namespace {

State state_of(const Head& head) { return {{"fc.weight", head.weight}, {"fc.bias", head.bias}}; }

}  // namespace

void save_head(const std::filesystem::path& path, const Head& head, HeadAbout about,
               Overwrite overwrite) {
  about.classes = head.classes;
  save_weights(path, state_of(head), to_json(about), overwrite);
}

HeadFile load_head(const std::filesystem::path& path) {
  const formats::WeightsFile file = formats::read_weights(path);
  file.require(formats::WeightsKind::kHead);
  HeadAbout about = formats::parse_head_about(file.subject, file.about);
  const formats::TensorBytes* const weight = file.file.find("fc.weight");
  const auto classes = static_cast<std::int64_t>(about.classes.size());
  if (weight == nullptr || weight->shape.size() != 2 || weight->shape[0] != classes)
    throw DataError(file.subject, "has no matrix 'fc.weight' with a row for each of its classes");
  Head head{at::empty({classes, weight->shape[1]}), at::empty({classes}), about.classes};
  copy_into(state_of(head), file.file, file.subject);
  file.verify();
  return {std::move(head), std::move(about), file.digest};
}

}  // namespace cs::nn
