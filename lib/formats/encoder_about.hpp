/// What an encoder's file says of it (metadata key "cs"): all that is needed to build the encoder
/// and to ask it, and how it was made. No tensors here, so that tools without LibTorch read it too.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/words.hpp"

namespace cs::formats {

/// The first convolution and what follows it. Stems that differ only in padding have weights of
/// equal shapes and different outputs, so a file always states all four numbers.
struct Stem {
  int kernel = 3;
  int stride = 1;
  int padding = 1;
  bool pool = false;  ///< 3x3 max pooling with stride 2 after the first ReLU
};

/// The stems with names, as in the SimCLR paper and torchvision.
inline constexpr Words<Stem, 2> kStems{
    "stem", {{{"cifar", {3, 1, 1, false}}, {"imagenet", {7, 2, 3, true}}}}};

inline constexpr const char* kStemForms = "cifar|imagenet|K,S,P[,pool]";

/// A stem by its name, or by kernel, stride and padding, each at most 15, and `pool` if there is
/// the pooling: "3,1,2" is solo-learn's for CIFAR-10. Throws UsageError.
Stem parse_stem(std::string_view text);

/// What happens to pixels before the first convolution: (pixel / 255 - mean) / std.
struct InputConfig {
  std::int64_t size = 32;  ///< side of the images, in pixels
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> std{1, 1, 1};
};

struct EncoderConfig {
  std::string arch = "resnet18";
  Stem stem;
  std::int64_t width = 0;  ///< of the embedding; 0 = the architecture's own
  bool linear = false;     ///< `fc` follows the features even if it does not change their width
  InputConfig input;
};

struct EncoderAbout {
  EncoderConfig config;
  Json method;   ///< how it was trained: an object with "name" and settings; null if unsaid
  Json history;  ///< an array with an object for each tool; null if unsaid
  Json other;    ///< further members, kept as they are: an object, or null
};

/// The object that the file keeps: the configuration first, then what is said of the rest.
Json to_json(const EncoderAbout& about);

/// The same back. Throws DataError naming `subject` and the first member that is missing or out of
/// range; nothing is guessed. Whether the architecture is known is for others to say.
EncoderAbout parse_encoder_about(std::string_view subject, const Json& about);

}  // namespace cs::formats
