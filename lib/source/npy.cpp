#include "source/kinds.hpp"

#include "source/array_names.hpp"
#include "source/arrays.hpp"

namespace cs::source {
namespace {

bool is_image_name(const std::string& base) { return ends_with(base, ".npy"); }

bool is_content(const FileBytes& content, const std::string& /*base*/) {
  return formats::is_npy(content);
}

/// Of several arrays, those without rows and columns are labels and the like.
bool may_hold_images(const formats::Bytes& file) { return formats::npy_dimensions(file) >= 3; }

const ArrayForm& npy() {
  static const ArrayForm form{
      is_image_name,          is_content,     formats::parse_npy_images, formats::parse_npy_labels,
      /*label_name=*/nullptr, may_hold_images};
  return form;
}

}  // namespace

const Kind kNpy = {[](Operand& operand) { return recognize_arrays(operand, npy()); },
                   [](Operand& operand) { return open_arrays(operand, npy()); }};

}  // namespace cs::source
