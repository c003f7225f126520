#include "eval/measures.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::eval {
namespace {

template <typename Text>
std::string listed(const std::vector<Measure>& all, const std::string& separator, Text text) {
  std::string list;
  for (const Measure& measure : all) {
    const std::string entry = text(measure);
    if (!entry.empty()) list += (list.empty() ? "" : separator) + entry;
  }
  return list;
}

const Measure& find(const std::vector<Measure>& all, const std::string& name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Measure& m) { return m.name == name; });
  if (at != all.end()) return *at;
  throw UsageError("`measure`", "'" + printable(name) + "' is none of " +
                                    listed(all, ", ", [](const Measure& m) { return m.name; }));
}

}  // namespace

std::string summaries(const std::vector<Measure>& all) {
  return listed(all, ", ", [](const Measure& m) { return m.name + " (" + m.summary + ")"; });
}

std::string default_names(const std::vector<Measure>& all, bool on_answers) {
  return listed(all, ",", [&](const Measure& m) {
    const bool fits = m.takes(Input::kAnswers) == on_answers;
    return fits && m.by_default == Default::kYes ? m.name : "";
  });
}

std::vector<const Measure*> choose(const std::vector<Measure>& all, const std::string& names) {
  std::vector<const Measure*> chosen;
  for (const std::string& name : split(names, ',')) {
    const Measure& measure = find(all, name);
    if (std::find(chosen.begin(), chosen.end(), &measure) != chosen.end())
      throw UsageError("`measure`", "names " + name + " twice; once is enough");
    chosen.push_back(&measure);
  }
  return chosen;
}

void check_inputs(const std::vector<const Measure*>& chosen, const std::set<Input>& given) {
  if (given.count(Input::kAnswers) > 0 && given.count(Input::kTest) > 0)
    throw UsageError("`answers`", "are scored by themselves; leave out `test`");
  for (const Measure* measure : chosen)
    for (const Input input : measure->needs)
      if (given.count(input) == 0)
        throw UsageError("`" + name_of(input) + "`", "is missing; " + measure->name + " needs it");
  for (const Input input : given)
    if (std::none_of(chosen.begin(), chosen.end(),
                     [&](const Measure* measure) { return measure->takes(input); }))
      throw UsageError("`" + name_of(input) + "`",
                       "has no effect on " + chosen.front()->name + "; leave it out");
}

void check_options(const std::vector<Measure>& all, const std::vector<const Measure*>& chosen,
                   const std::set<std::string>& given) {
  for (const Measure& measure : all) {
    if (std::find(chosen.begin(), chosen.end(), &measure) != chosen.end()) continue;
    for (const MeasureOption& option : measure.options)
      if (given.count(option.name()) > 0)
        throw UsageError("`" + option.name() + "`",
                         "has no effect without `measure` " + measure.name);
  }
}

}  // namespace cs::eval
