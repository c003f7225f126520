#include "source/kinds.hpp"

#include "source/array_names.hpp"
#include "source/arrays.hpp"

namespace cs::source {
namespace {

template <int kClasses>
bool is_content(const FileBytes& content, const std::string& /*base*/) {
  return formats::recognize_cifar(content) == kClasses;
}

template <int kClasses>
formats::PixelArray parse(const formats::Bytes& file) {
  return formats::parse_cifar(file, kClasses);
}

bool is_batch(const std::string& base) {
  return base == "test_batch.bin" || (base.rfind("data_batch_", 0) == 0 && ends_with(base, ".bin"));
}

bool is_split(const std::string& base) { return base == "train.bin" || base == "test.bin"; }

const ArrayForm& cifar10() {
  static const ArrayForm form = [] {
    ArrayForm cifar{is_batch, is_content<10>, parse<10>};
    cifar.class_list = "batches.meta.txt";
    cifar.known_classes = {"airplane", "automobile", "bird",  "cat",  "deer",
                           "dog",      "frog",       "horse", "ship", "truck"};
    cifar.in_batches = true;
    return cifar;
  }();
  return form;
}

const ArrayForm& cifar100() {
  static const ArrayForm form = [] {
    ArrayForm cifar{is_split, is_content<100>, parse<100>};
    cifar.class_list = "fine_label_names.txt";
    return cifar;
  }();
  return form;
}

}  // namespace

const Kind kCifar10 = {[](Operand& operand) { return recognize_arrays(operand, cifar10()); },
                       [](Operand& operand) { return open_arrays(operand, cifar10()); }};

const Kind kCifar100 = {[](Operand& operand) { return recognize_arrays(operand, cifar100()); },
                        [](Operand& operand) { return open_arrays(operand, cifar100()); }};

}  // namespace cs::source
