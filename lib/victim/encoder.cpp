#include "victim/encoder.hpp"

#include "core/error.hpp"
#include "nn/pixels.hpp"

namespace cs::victim {
namespace {

answers::VictimInfo description(const nn::EncoderFile& file) {
  answers::VictimInfo victim;
  victim.file = file.digest.hex();
  victim.kind = "encoder";
  victim.arch = file.about.config.arch;
  victim.method = file.about.method.is_null() ? Json::object() : file.about.method;
  return victim;
}

}  // namespace

EncoderVictim::EncoderVictim(const std::string& path, const VictimOptions& options)
    : EncoderVictim(path, nn::load_encoder(path), options) {}

EncoderVictim::EncoderVictim(const std::string& path, const nn::EncoderFile& file,
                             const VictimOptions& options)
    : LocalVictim(path, description(file), file.encoder->config().input, options),
      encoder_(file.encoder) {
  if (options.input_size || options.mean || options.std)
    throw UsageError(path, "states its own input; leave out `input-size`, `mean` and `std`");
  encoder_->to(options.device);
  encoder_->eval();
}

at::Tensor EncoderVictim::forward(const at::Tensor& pixels) const {
  return encoder_->forward(nn::normalize(pixels, input(), device()));
}

}  // namespace cs::victim
