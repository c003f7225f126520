#include "nn/encoder_file.hpp"

#include <utility>

#include "core/error.hpp"
#include "formats/weights_file.hpp"
#include "nn/architectures.hpp"
#include "nn/state.hpp"

namespace cs::nn {
namespace {

/// Refuses what make_encoder() does not make as the file states it.
void check(const EncoderConfig& config, const std::string& subject) {
  std::int64_t features = 0;
  try {
    features = find_architecture(config.arch).features;
  } catch (const UsageError& unknown) {
    throw DataError(subject, unknown.what());
  }
  if (!config.linear && config.width != features)
    throw DataError(subject, "its metadata's embedding layer and width disagree");
}

}  // namespace

Digest save_encoder(const std::filesystem::path& path, const Encoder& encoder, EncoderAbout about,
                    Overwrite overwrite) {
  about.config = encoder->config();
  return save_weights(path, state_of(*encoder), to_json(about), overwrite);
}

EncoderFile load_encoder(const std::filesystem::path& path) {
  const formats::WeightsFile file = formats::read_weights(path);
  file.require(formats::WeightsKind::kEncoder);
  EncoderAbout about = formats::parse_encoder_about(file.subject, file.about);
  check(about.config, file.subject);
  Encoder encoder = make_encoder(about.config);
  copy_into(state_of(*encoder), file.file, file.subject);
  file.verify();
  encoder->eval();
  return {std::move(encoder), std::move(about), file.digest};
}

}  // namespace cs::nn
