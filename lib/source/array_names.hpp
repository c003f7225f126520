/// What the names of array files tell: the part of a data set, and which labels belong to which
/// images.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cs::source {

/// The folder of `path`, with its slash; empty if it is in none.
std::string folder_of(std::string_view path);

/// The last part of `path` in lower case, without the extension of a compressed file. All functions
/// below take such a name.
std::string base_name(std::string_view path);

/// "test", "train", "val", "unlabeled" or "extra"; empty if the name tells no part.
std::string split_of(const std::string& base);

/// A name that the labels of an image file may have.
struct PartnerName {
  std::string name;
  bool says_labels;  ///< false for arr_1, which is only the second array of two
};
/// For train-images: train-labels; for x_train: y_train; and so on.
std::vector<PartnerName> partner_names(const std::string& base);

/// Whether the name without extensions is a word for labels, as of labels.npy.
bool is_called_labels(const std::string& base);
/// Whether such a word is a part of it, as of train_labels.npy.
bool mentions_labels(const std::string& base);

bool contains(const std::string& text, std::string_view part);
bool ends_with(const std::string& text, std::string_view end);

}  // namespace cs::source
