#include "methods/list.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace cs::methods {

// Each is defined in the file of its name.
MethodInfo supervised_method();
MethodInfo simclr_method();
MethodInfo moco_method();
MethodInfo byol_method();
MethodInfo simsiam_method();
MethodInfo label_method();
MethodInfo posterior_method();
MethodInfo mse_method();
MethodInfo cosine_method();
MethodInfo cont_steal_method();
MethodInfo cont_steal_code_method();
MethodInfo infonce_method();
MethodInfo softnn_method();
MethodInfo barlow_method();
MethodInfo stolen_encoder_method();
MethodInfo rda_method();

const std::vector<MethodInfo>& methods() {
  static const std::vector<MethodInfo> kAll = {
      supervised_method(),
      simclr_method(),
      moco_method(),
      byol_method(),
      simsiam_method(),
      label_method(),
      posterior_method(),
      mse_method(),
      cosine_method(),
      cont_steal_method(),
      cont_steal_code_method(),
      infonce_method(),
      softnn_method(),
      barlow_method(),
      stolen_encoder_method(),
      rda_method(),
  };
  return kAll;
}

const MethodInfo& find_method(const std::string& name) {
  std::string names;
  for (const MethodInfo& info : methods()) {
    if (info.name == name) return info;
    names += (names.empty() ? "" : ", ") + info.name;
  }
  throw UsageError(name, "there is no such method; use one of " + names);
}

std::string summaries() {
  std::string text;
  for (const MethodInfo& info : methods())
    text += (text.empty() ? "" : "; ") + info.name + ": " + info.summary;
  return text + ".";
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods())
    for (const Recipe& recipe : info.recipes)
      if (!recipe.name.empty() && std::find(names.begin(), names.end(), recipe.name) == names.end())
        names.push_back(recipe.name);
  return names;
}

}  // namespace cs::methods
