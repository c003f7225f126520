/// Answers that are there already, in the place of a victim.

#include "answers/recorded.hpp"

#include <filesystem>
#include <memory>
#include <utility>

#include "core/error.hpp"
#include "victim/options.hpp"

namespace cs::victim {

/// Refuses what only an encoder that runs can be told.
void check_recorded(const VictimOptions& options) {
  for (const auto& [given, field] :
       {std::pair(options.allow_code == AllowCode::kYes, "`allow-code`"),
        std::pair(options.input_size.has_value(), "`input-size`"),
        std::pair(options.mean.has_value(), "`mean`"), std::pair(options.std.has_value(), "`std`"),
        std::pair(options.scale.has_value(), "`scale`"),
        std::pair(options.channels.has_value(), "`channels`"),
        std::pair(options.layout.has_value(), "`layout`"),
        std::pair(options.resize.has_value(), "`resize`"),
        std::pair(options.fit.has_value(), "`fit`"), std::pair(options.arch.has_value(), "`arch`"),
        std::pair(options.stem.has_value(), "`stem`"),
        std::pair(options.prefix.has_value(), "`prefix`"),
        std::pair(!options.head.empty(), "`head`"),
        std::pair(options.posterior.has_value(), "`posterior`"),
        std::pair(options.precision == nn::Precision::kBf16, "`precision`")})
    if (given) throw UsageError(field, "has no effect on recorded answers; leave it out");
}

std::unique_ptr<answers::Victim> recorded_victim(const std::filesystem::path& file,
                                                 const VictimOptions& options) {
  if (options.images == nullptr) throw Error(file.string(), "is matched to no images");
  return answers::recorded_victim(file, *options.images,
                                  {options.answer, options.output, options.name, options.remark});
}

}  // namespace cs::victim
