/// The list of forms of export. A new form is a file with its class, and here two lines and
/// one more in the count.
#pragma once

#include <memory>

#include "core/words.hpp"
#include "exports/form.hpp"

namespace cs::exports {

using MakeForm = std::unique_ptr<const Form> (*)(const FormOptions& options);

std::unique_ptr<const Form> make_png(const FormOptions& options);
std::unique_ptr<const Form> make_jpeg(const FormOptions& options);
std::unique_ptr<const Form> make_source(const FormOptions& options);
std::unique_ptr<const Form> make_webdataset(const FormOptions& options);
std::unique_ptr<const Form> make_npy(const FormOptions& options);
std::unique_ptr<const Form> make_tsv(const FormOptions& options);

inline constexpr Words<MakeForm, 6> kForms{"as",
                                           {{{"png", make_png},
                                             {"jpeg", make_jpeg},
                                             {"source", make_source},
                                             {"webdataset", make_webdataset},
                                             {"npy", make_npy},
                                             {"tsv", make_tsv}}}};

/// The form that `make` makes; throws UsageError for options that are not of this form.
std::unique_ptr<const Form> make_form(MakeForm make, const FormOptions& options);

/// The default form of an export: png if the dataset holds images, else npy.
MakeForm usual_form(const store::Dataset& dataset);

}  // namespace cs::exports
