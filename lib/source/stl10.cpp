#include "source/kinds.hpp"

#include "source/array_names.hpp"
#include "source/arrays.hpp"

namespace cs::source {
namespace {

/// Nothing in such a file says what it is, so that its name must.
bool is_image_name(const std::string& base) { return ends_with(base, "_x.bin") || base == "x.bin"; }

bool is_content(const FileBytes& /*content*/, const std::string& base) {
  return is_image_name(base);
}

const ArrayForm& stl10() {
  static const ArrayForm form = [] {
    ArrayForm stl{is_image_name, is_content, formats::parse_stl10_images,
                  formats::parse_stl10_labels};
    stl.class_list = "class_names.txt";
    stl.known_classes = {"airplane", "bird",  "car",    "cat",  "deer",
                         "dog",      "horse", "monkey", "ship", "truck"};
    return stl;
  }();
  return form;
}

}  // namespace

const Kind kStl10 = {[](Operand& operand) { return recognize_arrays(operand, stl10()); },
                     [](Operand& operand) { return open_arrays(operand, stl10()); }};

}  // namespace cs::source
