/// Weights that another program saved as a victim: what they do not say, options state.

#include <memory>
#include <string>

#include "core/error.hpp"
#include "formats/weights_file.hpp"
#include "nn/foreign_weights.hpp"
#include "victim/local.hpp"

namespace cs::victim {
namespace {

class WeightsVictim : public LocalVictim {
 public:
  WeightsVictim(const formats::WeightsFile& file, const nn::Encoder& encoder,
                const std::string& function, const VictimOptions& options)
      : LocalVictim(file.subject, description(file, encoder), encoder->config().input, options,
                    function),
        encoder_(encoder) {
    encoder_->to(options.device);
    encoder_->eval();
  }

 private:
  static answers::VictimInfo description(const formats::WeightsFile& file,
                                         const nn::Encoder& encoder) {
    answers::VictimInfo victim;
    victim.file = file.digest.hex();
    victim.kind = "weights";
    victim.arch = encoder->config().arch;
    return victim;
  }

  at::Tensor forward(const at::Tensor& images) const override { return encoder_->forward(images); }

  nn::Encoder encoder_;
};

nn::ForeignNetwork network_of(const formats::WeightsFile& file, const VictimOptions& options) {
  const nn::StatedNetwork stated{options.arch, options.stem, options.mean, options.std,
                                 options.prefix};
  nn::ForeignNetwork network = nn::foreign_network(file, stated, input_of(options).size);
  if (options.output) network.output = nn::kOutputLayers.parse(*options.output);
  return network;
}

/// What was asked beside file and input, for the victim's id.
std::string function_of(const nn::ForeignNetwork& network) {
  const nn::Stem& stem = network.stem;
  std::string text = network.arch + " stem";
  for (const int part : {stem.kernel, stem.stride, stem.padding, stem.pool ? 1 : 0})
    text += ' ' + std::to_string(part);
  return text + ' ' + nn::kOutputLayers.print(network.output) + ' ' + network.prefix.value_or("");
}

}  // namespace

std::unique_ptr<answers::Victim> weights_victim(const std::string& path,
                                                const VictimOptions& options,
                                                const std::string& way_out) {
  const formats::WeightsFile file = formats::read_weights(path);
  if (nn::network_prefixes(file.file).empty())
    throw DataError(path,
                    "holds weights of no residual network that is known here; load them into "
                    "their model and " +
                        way_out);
  const nn::ForeignNetwork network = network_of(file, options);
  const nn::Adopted adopted = nn::adopt(file.subject, file.file, network);
  if (!adopted.left_out.empty() && options.remark)
    options.remark(path + ": " + std::to_string(adopted.left_out.size()) + " of its " +
                   std::to_string(file.file.tensors.size()) +
                   " tensors are not used, the first is " + printable(adopted.left_out.front()));
  return std::make_unique<WeightsVictim>(file, adopted.encoder, function_of(network), options);
}

}  // namespace cs::victim
