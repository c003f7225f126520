/// An encoder of this project as a victim.

#include <memory>
#include <string>

#include "core/error.hpp"
#include "nn/encoder_file.hpp"
#include "victim/local.hpp"

namespace cs::victim {
namespace {

/// Answers with the embeddings of an encoder file, which states its own input.
class EncoderVictim : public LocalVictim {
 public:
  EncoderVictim(const std::string& path, const nn::EncoderFile& file, const VictimOptions& options)
      : LocalVictim(path, description(file), file.encoder->config().input, options),
        encoder_(file.encoder) {
    encoder_->to(options.device);
    encoder_->eval();
  }

 private:
  static answers::VictimInfo description(const nn::EncoderFile& file) {
    answers::VictimInfo victim;
    victim.file = file.digest.hex();
    victim.kind = "encoder";
    victim.arch = file.about.config.arch;
    victim.method = file.about.method.is_null() ? Json::object() : file.about.method;
    return victim;
  }

  at::Tensor forward(const at::Tensor& images) const override { return encoder_->forward(images); }

  nn::Encoder encoder_;
};

}  // namespace

std::unique_ptr<answers::Victim> encoder_victim(const std::string& path,
                                                const VictimOptions& options) {
  if (options.input_size || options.mean || options.std || options.scale || options.channels)
    throw UsageError(path,
                     "states its own input; leave out `input-size`, `mean`, `std`, `scale` and "
                     "`channels`");
  return std::make_unique<EncoderVictim>(path, nn::load_encoder(path), options);
}

}  // namespace cs::victim
