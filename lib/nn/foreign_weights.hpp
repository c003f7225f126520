/// Encoders whose weights another program saved: PyTorch's state dicts and safetensors that do not
/// say which network they are of. The names of torchvision and timm are taken as they are, those of
/// others are told apart by what surrounds them: prefixes (`module.`, `backbone.`, MoCo's
/// `module.encoder_q.`), `shortcut` for `downsample`, `linear` for `fc`, and the numbers that
/// torch.nn.Sequential gives its parts.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/words.hpp"
#include "formats/safetensors.hpp"
#include "formats/weights_file.hpp"
#include "nn/encoder.hpp"
#include "nn/encoder_file.hpp"

namespace cs::nn {

/// Which layer answers.
enum class OutputLayer {
  kFeatures,  ///< the pooled features, whatever follows them in the file
  kFc,        ///< the linear layer behind them: the logits of a classifier
};

inline constexpr Words<OutputLayer, 2> kOutputLayers{
    "victim-output", {{{"features", OutputLayer::kFeatures}, {"fc", OutputLayer::kFc}}}};

/// What a file of weights does not say.
struct ForeignNetwork {
  std::string arch;  ///< one of arch_names()
  Stem stem;
  InputConfig input;
  OutputLayer output = OutputLayer::kFeatures;
  std::optional<std::string> prefix;  ///< of the network's names; needed where a file holds several
};

/// What a person says of a file of weights; all but the prefix is needed where the file itself does
/// not say it.
struct StatedNetwork {
  std::optional<std::string> arch;
  std::optional<Stem> stem;
  std::optional<std::array<double, 3>> mean, std;
  std::optional<std::string> prefix;
};

/// The network of foreign weights, which takes images of `size` pixels. Throws UsageError for what
/// is not stated, with the architectures that fit.
ForeignNetwork foreign_network(const formats::WeightsFile& file, const StatedNetwork& stated,
                               std::int64_t size);

struct Adopted {
  Encoder encoder;                    ///< on the CPU, in evaluation mode
  std::vector<std::string> left_out;  ///< tensors of the file that it does not use
};

/// The network with the weights of `file`, as f32 (f16, bf16 and f64 are converted). Throws
/// DataError naming `subject` if the file holds no residual network, or several and no prefix, and
/// if one name or shape is not the architecture's, with the architectures that the names fit.
/// Counts of batches, which answers do not depend on, may be missing.
Adopted adopt(std::string_view subject, const formats::Safetensors& file,
              const ForeignNetwork& network);

/// What the names of each residual network in the file begin with: '' is one of them.
std::vector<std::string> network_prefixes(const formats::Safetensors& file);

/// The architectures and stems whose names and shapes a file's network has, in words: "`arch`
/// resnet20 with `stem` cifar". Empty if there is none, or no one network.
std::string fitting(const formats::Safetensors& file, const std::optional<std::string>& prefix);

/// What load_encoder() reads, which states its network itself, or foreign weights. The features of
/// these are the embedding. Throws what load_encoder(), foreign_network() and adopt() throw, and
/// UsageError if both the file and `stated` state a network.
EncoderFile load_encoder_or_weights(const std::filesystem::path& path, const StatedNetwork& stated,
                                    std::int64_t size);

}  // namespace cs::nn
