/// How a victim on this machine is asked.
#pragma once

#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "answers/kind.hpp"
#include "nn/device.hpp"
#include "nn/foreign_weights.hpp"
#include "store/dataset.hpp"

namespace cs::victim {

using answers::AnswerKind;
using answers::PosteriorForm;

enum class AllowCode : bool { kNo, kYes };

struct VictimOptions {
  AllowCode allow_code = AllowCode::kNo;  ///< TorchScript files are programs
  std::int64_t image_size = 0;  ///< side of the images to be asked; 0 = any, of encoded ones
  /// Input of a victim whose file does not state it (else a UsageError); by default the image's
  /// size, mean 0 and std 1.
  std::optional<std::int64_t> input_size;
  std::optional<std::array<double, 3>> mean, std;
  /// Of weights without metadata, which must be told all of it but `prefix` and `output`.
  std::optional<std::string> arch;
  std::optional<nn::Stem> stem;
  /// Which of its outputs answers: a word of nn::kOutputLayers for weights (features by default),
  /// the array of an .npz of recorded answers.
  std::optional<std::string> output;
  std::optional<std::string> prefix;  ///< of the names of one of several networks in the file
  std::function<void(const std::string&)>
      remark{};  ///< told what a person should know; may be empty
  /// What it answers with. The service behind posteriors and predictions is the encoder and a
  /// linear classifier, the file `head` (nn/head_file.hpp): needed for both, and for nothing else.
  AnswerKind answer = AnswerKind::kEmbedding;
  std::optional<PosteriorForm> posterior;  ///< of posteriors; kLogits if unset
  std::filesystem::path head{};
  std::int64_t batch = 128;  ///< images in one forward pass
  int threads = 1;           ///< passes side by side, each on one core; on a GPU one is enough
  c10::Device device{c10::kCPU};
  nn::Precision precision = nn::Precision::kF32;
  const store::Dataset* images =
      nullptr;                      ///< to be asked about; recorded answers are matched to it
  std::optional<std::string> name;  ///< shared by all recordings of one victim
};

/// Of a victim that is asked: throws UsageError if a head is missing, or head or posterior have no
/// effect on what is asked.
void check(const VictimOptions& options);

}  // namespace cs::victim
