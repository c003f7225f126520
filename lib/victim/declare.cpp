#include "victim/declare.hpp"

#include <string>

#include "core/parse.hpp"
#include "nn/architectures.hpp"

namespace cs::victim {

void declare_input(cli::OptionTable& table, VictimOptions& asked) {
  table
      .whole("input-size", asked.input_size, 1, 4096,
             "Side that images are resized to, for a victim that does not state its own.",
             "the shard's")
      .custom("resize", kResizes.choices(), "How they are resized.", "bilinear",
              [&asked](const std::string& v) { asked.resize = kResizes.parse(v); })
      .custom("fit", kFits.choices(),
              "What makes a square of them: both sides are scaled, or the longer one is cut.",
              "squash", [&asked](const std::string& v) { asked.fit = kFits.parse(v); })
      .custom("channels", kChannels.choices(), "Order of the victim's channels.", "rgb",
              [&asked](const std::string& v) { asked.channels = kChannels.parse(v); })
      .custom("scale", kScales.choices(),
              "White before mean and std are applied, and the unit of both.", "1",
              [&asked](const std::string& v) { asked.scale = kScales.parse(v); });
  cli::add_normalization(table, asked.mean, asked.std, "the pixels");
  table.custom("layout", kLayouts.choices(), "Order of the axes of a batch, for TorchScript.",
               "nchw", [&asked](const std::string& v) { asked.layout = kLayouts.parse(v); });
}

void declare_network(cli::OptionTable& table, VictimOptions& asked) {
  table
      .custom("victim-name", "NAME", "Whose recorded answers these are.", "",
              [&asked](const std::string& v) { asked.name = v; })
      .custom("arch", join(nn::arch_names(), "|"), "Architecture of weights that do not say it.",
              "", [&asked](const std::string& v) { asked.arch = nn::find_architecture(v).name; })
      .custom("stem", nn::kStemForms, "Their first layers.", "",
              [&asked](const std::string& v) { asked.stem = nn::parse_stem(v); })
      .custom("victim-output", "NAME", "The output that answers, of a victim with several.", "",
              [&asked](const std::string& v) { asked.output = v; })
      .custom("prefix", "TEXT",
              "What the names of one network begin with, where they are those of several.", "",
              [&asked](const std::string& v) { asked.prefix = v; });
}

}  // namespace cs::victim
