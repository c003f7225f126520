/// Data sets that are arrays of raw pixels: what all of them share. Each form (CIFAR, IDX, STL-10,
/// .npy) has a file of its own, which describes it by an ArrayForm.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "formats/pixel_array.hpp"
#include "source/kind.hpp"

namespace cs::source {

/// Names are those of array_names.hpp: in lower case, without .gz and the like.
struct ArrayForm {
  /// Whether a file of this name, among others, holds images.
  bool (*is_image_name)(const std::string& base);
  /// Whether a file that stands alone is of this form, by its content.
  bool (*is_content)(const FileBytes& content, const std::string& base);
  formats::PixelArray (*parse_images)(const formats::Bytes& file);
  /// Of a file beside the images; null if labels stand among the images.
  std::vector<std::int32_t> (*parse_labels)(const formats::Bytes& file) = nullptr;
  /// Makes the name of labels of one that differs from the images' in a word; null: it is that.
  std::string (*label_name)(std::string partner) = nullptr;
  /// Whether the file may hold images: told by its header where names do not tell. Null: it may.
  bool (*may_hold_images)(const formats::Bytes& file) = nullptr;
  /// Name of the text file of class names, one a line, that comes with the set; null if none does.
  const char* class_list = nullptr;
  /// Class names that everybody knows, where there is no such file.
  std::vector<std::string> known_classes = {};
  /// Whether several image files make one split.
  bool in_batches = false;
};

/// Whether the operand is a container without image files in which a name is that of this form, or
/// a file of this form.
bool recognize_arrays(Operand& operand, const ArrayForm& form);

/// All image files of the form in a container, or the one that is the operand, with the labels and
/// class names that lie beside them. In a container items are called SPLIT/NUMBER where names tell
/// the split (test, unlabeled, extra, val, train), or simply NUMBER; with a prefix, only that
/// split, without it in the names.
///
/// Labels are in the file that is called like the images but for one word (train-labels for
/// train-images), which must fit them; else in one that is just called labels, if it fits. Labels
/// that are not used are remarked.
///
/// Throws DataError if there is no image file, several that could be one set, or labels that do not
/// fit; UsageError for a prefix of one file.
std::unique_ptr<Source> open_arrays(Operand& operand, const ArrayForm& form);

}  // namespace cs::source
