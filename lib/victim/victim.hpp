/// Encoders behind one interface: something that takes images and answers with vectors.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "answers/info.hpp"
#include "nn/device.hpp"
#include "nn/encoder_file.hpp"
#include "nn/head_file.hpp"

namespace cs::victim {

enum class AllowCode : bool { kNo, kYes };

using answers::AnswerKind;
using answers::PosteriorForm;

/// The words of options: `embedding`, `posterior`, `label`; `logits`, `softmax`. Throw UsageError.
AnswerKind parse_answer(const std::string& text);
PosteriorForm parse_posterior(const std::string& text);

/// How a victim is asked.
struct VictimOptions {
  AllowCode allow_code = AllowCode::kNo;  ///< TorchScript files are programs
  std::int64_t image_size = 0;  ///< side of the images to be asked; 0 = any, of encoded ones
  /// Input of a victim whose file does not state it (else a UsageError); by default the image's
  /// size, mean 0 and std 1.
  std::optional<std::int64_t> input_size;
  std::optional<std::array<double, 3>> mean, std;
  /// What it answers with. The service behind posteriors and predictions is the encoder and a
  /// linear classifier, the file `head` (nn/head.hpp): needed for both, and for nothing else.
  AnswerKind answer = AnswerKind::kEmbedding;
  std::optional<PosteriorForm> posterior;  ///< of posteriors; kLogits if unset
  std::filesystem::path head{};
  c10::Device device{c10::kCPU};
  nn::Precision precision = nn::Precision::kF32;
};

/// Throws UsageError if a head is missing, or head or posterior have no effect on what is asked.
void check(const VictimOptions& options);

/// An encoder, perhaps with a head, under attack, audit or evaluation. answer() is const and safe
/// from several threads.
class Victim {
 public:
  virtual ~Victim() = default;

  /// u8 [N, height, width, 3] (RGB) to f32 [N, width] on the CPU; predictions are f32 [N, 1].
  /// Images of another size than the input's are resized (bilinear, area when shrinking). Throws
  /// DataError if the encoder does not take them, answers with something that is not one finite
  /// vector an image, or with vectors that the head does not take.
  at::Tensor answer(const at::Tensor& pixels) const;

  AnswerKind kind() const { return kind_; }
  std::int64_t input_size() const { return input_.size; }  ///< side of what it sees

  const std::string& name() const { return name_; }  ///< the file, for messages

  /// 32 hexadecimal digits naming the function: digest of file, input configuration, precision and,
  /// where one is asked, of head and form of the posterior.
  const std::string& id() const { return id_; }

  /// What is known of its answers, but for the images.
  answers::AnswerInfo info() const;

 protected:
  /// Throws DataError if the head was fitted on another encoder than the file with this digest.
  Victim(std::string name, std::string file_digest, nn::InputConfig input,
         const VictimOptions& options);
  const std::string name_;
  const nn::InputConfig input_;
  const c10::Device device_;
  const nn::Precision precision_;

 private:
  virtual at::Tensor forward(const at::Tensor& pixels) const = 0;
  virtual void describe(answers::VictimInfo& victim) const = 0;  ///< beside id, file and head
  void open_head(const std::filesystem::path& path);
  at::Tensor classify(const at::Tensor& embeddings) const;
  const std::string file_digest_;
  const AnswerKind kind_;
  const PosteriorForm posterior_;
  std::optional<nn::HeadFile> head_;
  std::string id_;
};

/// `pixels` (the image itself, flattened, divided by 255), an encoder of this project
/// (.safetensors), or a TorchScript file, told apart by content. Throws UsageError for TorchScript
/// without AllowCode and what check() refuses, DataError for a file that is neither.
std::unique_ptr<Victim> open_victim(const std::string& name, const VictimOptions& options);

}  // namespace cs::victim
