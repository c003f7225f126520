/// What victims on this machine have in common: full batches, device, precision, heads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/victim.hpp"
#include "victim/classifier.hpp"
#include "victim/input.hpp"
#include "victim/options.hpp"

namespace cs::victim {

/// An encoder that runs here, asked about images as its Input prepares them.
///
/// Every forward pass has together() images, filled up with black ones whose answers are dropped,
/// and is computed on one core: an answer depends neither on its neighbors nor on the number of
/// threads. Constructing one sets this process's threads to one.
class LocalVictim : public answers::Victim {
 public:
  /// All are answered. Throws DataError if the encoder does not take the images, answers with
  /// something that is not one finite vector an image, or with vectors that the head does not take.
  std::vector<answers::Outcome> ask(const std::vector<answers::Query>& queries) const final;

  /// As many passes as `batch` images take.
  std::size_t most() const final {
    return static_cast<std::size_t>((batch_ + together() - 1) / together() * together());
  }
  int side_by_side() const final { return threads_; }
  int input_size() const final { return static_cast<int>(input_.size()); }
  const std::string& name() const final { return name_; }
  const answers::AnswerInfo& info() const final { return info_; }

 protected:
  /// `victim` says what the encoder is; its id is added here: the digest of the victim's file, the
  /// input, the precision and, where one is asked, the head and the form of the posterior; also
  /// `function`, what else decides the answers. Throws DataError if the head was fitted on another
  /// encoder.
  LocalVictim(std::string name, answers::VictimInfo victim, const InputConfig& input,
              const VictimOptions& options, const std::string& function = "");

  std::int64_t side() const { return input_.size(); }  ///< of the images that forward() takes
  c10::Device device() const { return device_; }

 private:
  /// Prepared images, f32 [together(), 3, side, side] on the device, to numbers [together(),
  /// width], of any floating type and on any device. Called from several threads.
  virtual at::Tensor forward(const at::Tensor& images) const = 0;
  /// Images in one forward pass.
  virtual std::int64_t together() const { return batch_; }
  /// The answers to at most together() queries, and to the black images.
  at::Tensor answer(const std::vector<answers::Query>& queries) const;

  const std::string name_;
  const Input input_;
  const std::int64_t batch_;
  const int threads_;
  const c10::Device device_;
  const nn::Precision precision_;
  std::optional<Classifier> classifier_;
  answers::AnswerInfo info_;
};

}  // namespace cs::victim
