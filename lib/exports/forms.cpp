#include "exports/forms.hpp"

#include "core/error.hpp"

namespace cs::exports {

std::unique_ptr<const Form> make_form(MakeForm make, const FormOptions& options) {
  std::unique_ptr<const Form> form = make(options);
  if (options.quality && !form->has_quality())
    throw UsageError("`quality`", "is of JPEGs; pass `as` jpeg too");
  return form;
}

MakeForm usual_form(const store::Dataset& dataset) {
  return dataset.header().find(store::Column::kImage) != nullptr ? make_png : make_npy;
}

}  // namespace cs::exports
