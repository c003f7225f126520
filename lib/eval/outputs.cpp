#include "eval/outputs.hpp"

#include <cstdint>
#include <string>

#include "answers/info.hpp"
#include "answers/shard.hpp"

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
  const std::string file = answers::info_of(sets.at(sets.judged())).victim.file;
  nn::save_head(path, head,
                {{"encoder", file.empty() ? Json() : Json(file)}, {"history", Json::array({step})}},
                overwrite);
}

}  // namespace cs::eval
