#include "eval/outputs.hpp"

#include <cstdint>
#include <string>

#include "answers/info.hpp"
#include "answers/shard.hpp"
#include "nn/head_file.hpp"

namespace cs::eval {

void save_predictions(const std::filesystem::path& path, const Predictions& predictions,
                      const Sets& sets, const Json& step, Overwrite overwrite) {
  const at::Tensor ids = predictions.ids.to(at::kInt).contiguous();
  const auto* from = ids.data_ptr<std::int32_t>();
  answers::save_predictions(path, {from, from + ids.numel()}, predictions.classes,
                            sets.at(sets.judged()), step, overwrite);
}

void save_head(const std::filesystem::path& path, const nn::Head& head, const Sets& sets,
               const Json& step, Overwrite overwrite) {
  nn::HeadAbout about;
  if (const std::string file = answers::info_of(sets.at(sets.judged())).victim.file; !file.empty())
    about.encoder = file;
  about.history = Json::array({step});
  nn::save_head(path, head, about, overwrite);
}

}  // namespace cs::eval
