#include "train/checkpoint.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/weights_file.hpp"
#include "nn/state.hpp"

namespace cs::train {
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kMakeAgain = "; copy or make it again";

Json to_json(const Position& position) {
  Json finished = Json::array();
  for (const EpochReport& report : position.finished) finished.push_back(to_json(report));
  return {{"step", position.step}, {"current", to_json(position.current)}, {"finished", finished}};
}

Position parse_position(const Json& json) {
  Position position;
  position.step = json.at("step").get<std::int64_t>();
  position.current = parse_report(json.at("current"));
  for (const Json& report : json.at("finished")) position.finished.push_back(parse_report(report));
  return position;
}

/// Where two values differ first, as "lr is 0.1 there and 0.2 here".
std::string difference(const Json& there, const Json& here, const std::string& name) {
  if (there.is_object() && here.is_object()) {
    for (const Json& keys : {there, here})
      for (const auto& item : keys.items()) {
        const Json mine = here.value(item.key(), Json());
        const Json other = there.value(item.key(), Json());
        if (other != mine) return difference(other, mine, item.key());
      }
  }
  const auto word = [](const Json& value) {
    return value.is_null() ? std::string("not given") : printable(value.dump());
  };
  return printable(name) + " is " + word(there) + " there and " + word(here) + " here";
}

/// An error's text up to what to do next, where that is to make the file again.
std::string without_advice(const std::string& what) {
  const std::size_t at = what.rfind(kMakeAgain);
  return at != std::string::npos && at + kMakeAgain.size() == what.size() ? what.substr(0, at)
                                                                          : what;
}

}  // namespace

Checkpoint::Checkpoint(std::filesystem::path path, Json run, double minutes, Existing existing)
    : path_(std::move(path)),
      run_(std::move(run)),
      existing_(existing),
      every_(minutes),
      last_(std::chrono::steady_clock::now()) {}

bool Checkpoint::due() const { return std::chrono::steady_clock::now() - last_ >= every_; }

void Checkpoint::save(const nn::State& state, const Position& position) {
  const Json about = {{"format", kFormat}, {"run", run_}, {"position", to_json(position)}};
  nn::save_weights(path_, state, about, Overwrite::kAllow);
  last_ = std::chrono::steady_clock::now();
}

std::optional<Position> Checkpoint::restore(const nn::State& state) const {
  if (existing_ == Existing::kRemove) remove();
  if (!std::filesystem::exists(path_)) return std::nullopt;
  const std::string next = "; start over with `restart`, or remove it";
  try {
    const formats::WeightsFile file = formats::read_weights(path_);
    if (file.kind != formats::WeightsKind::kCheckpoint ||
        file.about.value("format", Json()) != kFormat)
      throw DataError(file.subject, "is no checkpoint of this version");
    file.verify();
    if (file.about.at("run") != run_)
      throw DataError(file.subject, "belongs to another run: " +
                                        difference(file.about.at("run"), run_, "the command"));
    nn::copy_into(state, file.file, file.subject);
    return parse_position(file.about.at("position"));
  } catch (const DataError& error) {
    throw DataError(without_advice(error.what()) + next);
  } catch (const Json::exception&) {
    throw DataError(path_.string(), "is no checkpoint of this version" + next);
  }
}

void Checkpoint::remove() const {
  if (std::filesystem::is_directory(path_))
    throw DataError(path_.string(), "is a folder, where the checkpoint is kept; move it away");
  std::filesystem::remove(path_);
  remove_stale_temporaries(path_);
}

}  // namespace cs::train
