#include "source/kinds.hpp"

#include "source/array_names.hpp"
#include "source/arrays.hpp"

namespace cs::source {
namespace {

bool is_image_name(const std::string& base) {
  return contains(base, "idx3") || contains(base, "idx4");
}

bool is_content(const FileBytes& content, const std::string& /*base*/) {
  return formats::is_idx(content);
}

/// Names state the number of dimensions.
std::string label_name(std::string partner) {
  const std::size_t digit = partner.find("idx3");
  if (digit != std::string::npos) partner[digit + 3] = '1';
  return partner;
}

const ArrayForm& idx() {
  static const ArrayForm form{is_image_name, is_content, formats::parse_idx_images,
                              formats::parse_idx_labels, label_name};
  return form;
}

}  // namespace

const Kind kIdx = {[](Operand& operand) { return recognize_arrays(operand, idx()); },
                   [](Operand& operand) { return open_arrays(operand, idx()); }};

}  // namespace cs::source
