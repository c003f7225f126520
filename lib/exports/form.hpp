/// The interface of a form of export, which writes a dataset as files for other programs.
#pragma once

#include <filesystem>
#include <optional>

#include "store/dataset.hpp"

namespace cs::exports {

/// What a caller may ask of a form beside its name.
struct FormOptions {
  std::optional<int> quality;  ///< 1 .. 100, of forms that have one; 95 unless given
};

/// A form of export. One class each, in a file called as the form's word in kForms.
class Form {
 public:
  Form() = default;
  virtual ~Form() = default;
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  /// Writes the new file or folder `target`, complete or not at all. File names come from ids,
  /// never from stored names. Memory stays at a few MiB and one image. Throws UsageError if the
  /// target exists, DataError if the records are not of a kind that the form can hold.
  virtual void write(const store::Dataset& dataset, const std::filesystem::path& target) const = 0;

  virtual bool has_quality() const { return false; }
};

}  // namespace cs::exports
