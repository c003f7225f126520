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
#include "core/words.hpp"
#include "nn/device.hpp"
#include "nn/foreign_weights.hpp"
#include "store/dataset.hpp"

namespace cs::victim {

using answers::AnswerKind;
using answers::PosteriorForm;

enum class AllowCode : bool { kNo, kYes };

/// How the pixels of an image become what a network reads; victim/input.hpp has the formula.
enum class Scale { kUnit = 1, kByte = 255 };  ///< what white is before mean and std are applied
enum class Channels { kRgb, kBgr };           ///< their order; also that of mean and std
enum class Layout { kNchw, kNhwc };           ///< the order of a batch's axes
enum class Resize { kBilinear, kBicubic, kArea };
enum class Fit {
  kSquash,  ///< the aspect ratio is not kept
  kCrop,    ///< the shorter side is scaled to the input's, then the central square taken
};

inline constexpr Words<Scale, 2> kScales{"scale", {{{"1", Scale::kUnit}, {"255", Scale::kByte}}}};
inline constexpr Words<Channels, 2> kChannels{"channels",
                                              {{{"rgb", Channels::kRgb}, {"bgr", Channels::kBgr}}}};
inline constexpr Words<Layout, 2> kLayouts{"layout",
                                           {{{"nchw", Layout::kNchw}, {"nhwc", Layout::kNhwc}}}};
inline constexpr Words<Resize, 3> kResizes{
    "resize",
    {{{"bilinear", Resize::kBilinear}, {"bicubic", Resize::kBicubic}, {"area", Resize::kArea}}}};
inline constexpr Words<Fit, 2> kFits{"fit", {{{"squash", Fit::kSquash}, {"crop", Fit::kCrop}}}};

struct VictimOptions {
  AllowCode allow_code = AllowCode::kNo;  ///< TorchScript files are programs
  std::int64_t image_size = 0;  ///< height of the images to be asked; 0 = any, of encoded ones
  std::optional<std::int64_t> image_width{};  ///< where it is not their height
  /// Input of a victim whose file does not state it (else a UsageError); by default the image's
  /// size, mean 0 and std 1.
  std::optional<std::int64_t> input_size;
  std::optional<std::array<double, 3>> mean, std;
  /// The first value of each by default. A layout is stated of TorchScript alone.
  std::optional<Scale> scale{};
  std::optional<Channels> channels{};
  std::optional<Layout> layout{};
  std::optional<Resize> resize{};
  std::optional<Fit> fit{};
  /// Of weights without metadata, which must be told all of it but `prefix`.
  std::optional<std::string> arch;
  std::optional<nn::Stem> stem;
  /// Which of its outputs answers, of a victim with several: a word of nn::kOutputLayers for
  /// weights (features by default), an ONNX model's by its name, what chosen_output() takes for
  /// TorchScript, the array of an .npz of recorded answers.
  std::optional<std::string> output;
  std::optional<std::string> prefix;  ///< of the names of one of several networks in the file
  std::function<void(const std::string&)>
      remark{};  ///< told what a person should know; may be empty
  /// What it answers with. The service behind posteriors and predictions is the encoder and a
  /// linear classifier, the file `head` (nn/head_file.hpp): needed for both, and for nothing else.
  AnswerKind answer = AnswerKind::kEmbedding;
  std::optional<PosteriorForm> posterior;  ///< of posteriors; kLogits if unset
  std::filesystem::path head{};
  std::optional<std::int64_t> batch{};  ///< images in one forward pass; else default_batch()
  int threads = 1;  ///< passes side by side, each on one core; on a GPU one is enough
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
