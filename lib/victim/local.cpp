#include "victim/local.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"

namespace cs::victim {
namespace {

std::string shape_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t extent : tensor.sizes())
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "one number" : "numbers of shape " + text;
}

}  // namespace

LocalVictim::LocalVictim(std::string name, answers::VictimInfo victim, const InputConfig& input,
                         const VictimOptions& options, const std::string& function)
    : name_(std::move(name)),
      input_(input, options),
      batch_(options.batch.value_or(default_batch(input.size, options.device))),
      threads_(options.threads),
      device_(options.device),
      precision_(options.precision) {
  nn::set_threads(1);
  info_.kind = options.answer;
  info_.victim = std::move(victim);
  std::string asked =
      info_.victim.file + ' ' + input_.describe() + ' ' + nn::kPrecisions.print(precision_);
  if (!function.empty()) asked += ' ' + function;
  if (info_.kind != AnswerKind::kEmbedding) {
    classifier_.emplace(options, name_, info_.victim.file);
    classifier_->describe(info_);
    asked += ' ' + info_.victim.head;
    if (info_.posterior) asked += ' ' + answers::kPosteriorForms.print(*info_.posterior);
  }
  info_.victim.id = digest(asked).hex();
}

at::Tensor LocalVictim::answer(const std::vector<answers::Query>& queries) const {
  const c10::InferenceMode inference;
  const at::Tensor images = input_.prepare(queries, together(), device_);
  at::Tensor vectors;
  {
    const nn::Autocast autocast(device_, precision_);
    vectors = forward(images).to(at::kFloat);
  }
  if (vectors.dim() != 2 || vectors.size(0) != images.size(0) || vectors.size(1) == 0)
    throw DataError(name_, "answers " + std::to_string(images.size(0)) + " images with " +
                               shape_of(vectors) + ", not with one vector an image");
  if (!at::isfinite(vectors).all().item<bool>())
    throw DataError(name_, "answers with numbers that are not finite");
  if (classifier_) vectors = classifier_->answer(vectors);
  return vectors.to(at::kCPU).contiguous();
}

std::vector<answers::Outcome> LocalVictim::ask(const std::vector<answers::Query>& queries) const {
  if (queries.empty() || queries.size() > most())
    throw Error(name_, "was asked about " + std::to_string(queries.size()) + " images at a time");
  at::set_num_threads(1);  // of this thread: another OpenMP team would change sums
  const auto pass = static_cast<std::ptrdiff_t>(together());
  std::vector<answers::Outcome> outcomes;
  outcomes.reserve(queries.size());
  for (auto first = queries.begin(); first != queries.end();) {
    const auto last = first + std::min(pass, queries.end() - first);
    const at::Tensor answers = answer({first, last});
    const float* from = answers.data_ptr<float>();
    for (; first != last; ++first, from += answers.size(1))
      outcomes.push_back(answers::Outcome::answered({from, from + answers.size(1)}));
  }
  return outcomes;
}

}  // namespace cs::victim
