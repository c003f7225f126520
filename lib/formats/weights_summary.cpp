#include "formats/weights_summary.hpp"

#include <array>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "formats/encoder_about.hpp"
#include "formats/head_about.hpp"

namespace cs::formats {
namespace {

/// Lines of text, one value each.
class Lines {
 public:
  void add(const std::string& what, const std::string& value) {
    text_ += what + ": " + value + "\n";
  }

  void add_history(const Json& history) {
    if (!history.is_array()) return;
    for (const Json& step : history) add("history", to_line(step));
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string by(std::int64_t side) { return std::to_string(side) + "x" + std::to_string(side); }

std::string words_for(const Stem& stem) {
  return by(stem.kernel) + ", stride " + std::to_string(stem.stride) + ", padding " +
         std::to_string(stem.padding) + (stem.pool ? ", max pooling" : ", no pooling");
}

std::string words_for(const std::array<double, 3>& colors) {
  std::string text;
  for (const double color : colors) text += " " + to_text(color);
  return text;
}

void add_encoder(Lines& lines, const EncoderAbout& about) {
  const EncoderConfig& config = about.config;
  lines.add("architecture", printable(config.arch));
  lines.add("stem", words_for(config.stem));
  lines.add("embedding",
            std::to_string(config.width) +
                (config.linear ? " wide, from a linear layer" : " wide, pooled features"));
  lines.add("input", by(config.input.size) + ", mean" + words_for(config.input.mean) + ", std" +
                         words_for(config.input.std));
  if (!about.method.is_null()) lines.add("method", to_line(about.method));
  lines.add_history(about.history);
  for (const auto& [key, value] : about.other.items()) lines.add(printable(key), to_line(value));
}

void add_head(Lines& lines, const HeadAbout& about) {
  lines.add("classes", std::to_string(about.classes.size()));
  for (const std::string& name : about.classes) lines.add("class", printable(name));
  if (about.encoder) lines.add("encoder", printable(*about.encoder));
  lines.add_history(about.history);
}

/// What only the training that wrote it understands, as it stands.
void add_checkpoint(Lines& lines, const Json& about) {
  for (const auto& [key, value] : about.items()) lines.add(printable(key), to_line(value));
}

void add_foreign(Lines& lines, const Metadata& metadata) {
  for (const auto& [key, value] : metadata) lines.add(printable(key), printable(value));
}

void add_tensors(Lines& lines, const std::vector<TensorBytes>& tensors) {
  for (const TensorBytes& tensor : tensors) {
    std::string value = printable(tensor.name) + " " + tensor.dtype;
    for (const std::int64_t extent : tensor.shape) value += " " + std::to_string(extent);
    lines.add("tensor", value);
  }
}

}  // namespace

std::string summary(const WeightsFile& file) {
  Lines lines;
  const auto begin = [&](const std::string& kind) {
    lines.add("kind", kind);
    lines.add("digest", file.digest.hex());
  };
  switch (file.kind) {
    case WeightsKind::kEncoder:
      begin("encoder");
      add_encoder(lines, parse_encoder_about(file.subject, file.about));
      break;
    case WeightsKind::kHead:
      begin("head");
      add_head(lines, parse_head_about(file.subject, file.about));
      break;
    case WeightsKind::kCheckpoint:
      begin("checkpoint");
      add_checkpoint(lines, file.about);
      break;
    case WeightsKind::kForeign:
      begin("foreign weights");
      add_foreign(lines, file.file.metadata);
      break;
  }
  add_tensors(lines, file.file.tensors);
  return std::move(lines).text();
}

}  // namespace cs::formats
