/// An encoder of this project as a victim.
#pragma once

#include <string>

#include "nn/encoder_file.hpp"
#include "victim/local.hpp"

namespace cs::victim {

/// Answers with the embeddings of an encoder file, which states its own input.
class EncoderVictim : public LocalVictim {
 public:
  /// Throws DataError as nn::load_encoder() does, UsageError if the options state an input too.
  EncoderVictim(const std::string& path, const VictimOptions& options);

 private:
  EncoderVictim(const std::string& path, const nn::EncoderFile& file, const VictimOptions& options);
  at::Tensor forward(const at::Tensor& pixels) const override;
  nn::Encoder encoder_;
};

}  // namespace cs::victim
