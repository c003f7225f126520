#include "victim/local.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <opencv2/core.hpp>
#include <utility>

#include "augment/operations.hpp"
#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/parse.hpp"

namespace cs::victim {
namespace {

std::string describe(const nn::InputConfig& input) {
  std::string text = std::to_string(input.size);
  for (const double m : input.mean) text += ' ' + to_text(m);
  for (const double s : input.std) text += ' ' + to_text(s);
  return text;
}

std::string shape_of(const at::Tensor& tensor) {
  std::string text;
  for (const std::int64_t extent : tensor.sizes())
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "one number" : "numbers of shape " + text;
}

}  // namespace

LocalVictim::LocalVictim(std::string name, answers::VictimInfo victim, nn::InputConfig input,
                         const VictimOptions& options, const std::string& function)
    : name_(std::move(name)),
      input_(input),
      batch_(options.batch),
      threads_(options.threads),
      device_(options.device),
      precision_(options.precision) {
  nn::set_threads(1);
  info_.kind = options.answer;
  info_.victim = std::move(victim);
  std::string asked =
      info_.victim.file + ' ' + describe(input) + ' ' + nn::kPrecisions.print(precision_);
  if (!function.empty()) asked += ' ' + function;
  if (info_.kind != AnswerKind::kEmbedding) {
    classifier_.emplace(options, name_, info_.victim.file);
    classifier_->describe(info_);
    asked += ' ' + info_.victim.head;
    if (info_.posterior) asked += ' ' + answers::kPosteriorForms.print(*info_.posterior);
  }
  info_.victim.id = digest(asked).hex();
}

at::Tensor LocalVictim::batch_of(const std::vector<answers::Query>& queries) const {
  const std::int64_t side = input_.size;
  const cv::Size size(input_size(), input_size());
  at::Tensor pixels = at::zeros({batch_, side, side, 3}, at::kByte);
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const answers::Query& query = queries[i];
    const cv::Mat from(static_cast<int>(query.height), static_cast<int>(query.width), CV_8UC3,
                       const_cast<std::uint8_t*>(query.pixels));
    cv::Mat to(size, CV_8UC3, pixels[static_cast<std::int64_t>(i)].data_ptr());
    (from.size() == size ? from : augment::resize(from, size)).copyTo(to);
  }
  return pixels;
}

at::Tensor LocalVictim::answer(const at::Tensor& pixels) const {
  const c10::InferenceMode inference;
  at::Tensor vectors;
  {
    const nn::Autocast autocast(device_, precision_);
    vectors = forward(pixels).to(at::kFloat);
  }
  if (vectors.dim() != 2 || vectors.size(0) != pixels.size(0) || vectors.size(1) == 0)
    throw DataError(name_, "answers " + std::to_string(pixels.size(0)) + " images with " +
                               shape_of(vectors) +
                               ", not with one vector an image; if it takes one at a time, pass "
                               "`batch` 1");
  if (!at::isfinite(vectors).all().item<bool>())
    throw DataError(name_, "answers with numbers that are not finite");
  if (classifier_) vectors = classifier_->answer(vectors);
  return vectors.to(at::kCPU).contiguous();
}

std::vector<answers::Outcome> LocalVictim::ask(const std::vector<answers::Query>& queries) const {
  if (queries.empty() || queries.size() > most())
    throw Error(name_, "was asked about " + std::to_string(queries.size()) + " images at a time");
  at::set_num_threads(1);  // of this thread: another OpenMP team would change sums
  const at::Tensor answers = answer(batch_of(queries));
  const auto width = answers.size(1);
  const float* from = answers.data_ptr<float>();
  std::vector<answers::Outcome> outcomes;
  outcomes.reserve(queries.size());
  for (std::size_t i = 0; i < queries.size(); ++i, from += width)
    outcomes.push_back(answers::Outcome::answered({from, from + width}));
  return outcomes;
}

nn::InputConfig input_of(const VictimOptions& options) {
  nn::InputConfig input;
  input.size = options.input_size.value_or(options.image_size);
  if (input.size == 0)
    throw UsageError("`input-size`", "is missing; the images are of any size, the victim's of one");
  input.mean = options.mean.value_or(input.mean);
  input.std = options.std.value_or(input.std);
  return input;
}

}  // namespace cs::victim
