/// The labels that lie beside arrays of pixels.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "source/arrays.hpp"

namespace cs::source {

/// Files by their folders and base names. A plain file stands for its packed copy.
class NamedArrays {
 public:
  /// Both must outlive it.
  NamedArrays(const Files& files, const ArrayForm& form);

  const Files& files() const { return files_; }
  const ArrayForm& form() const { return form_; }
  const std::map<std::string, std::size_t>& by_name() const { return by_name_; }

  /// The file whose name says that it holds the labels of image file `entry`.
  std::optional<std::size_t> partner(std::size_t entry) const;
  /// The files whose names say that they hold labels of another file, whatever they hold.
  std::set<std::size_t> called_labels_of_others() const;

 private:
  std::optional<std::size_t> find_partner(std::size_t entry, bool must_say_labels) const;

  const Files& files_;
  const ArrayForm& form_;
  std::map<std::string, std::size_t> by_name_;
};

/// Gives image files their labels.
class LabelFinder {
 public:
  /// `alone`: there is one image file, so that labels of no name in particular can only be its own.
  LabelFinder(const NamedArrays& arrays, const Operand& operand, bool alone)
      : arrays_(arrays), operand_(operand), alone_(alone) {}

  /// The labels of image file `entry`, unless it has them, or none are wanted. Throws DataError if
  /// its partner does not fit; remarks other labels that are not used.
  void label(formats::PixelArray& array, std::size_t entry);

  /// Files that were images or labels, or were remarked.
  const std::set<std::size_t>& used() const { return used_; }

 private:
  std::vector<std::int32_t> read_partner(const formats::PixelArray& array, std::size_t entry,
                                         std::size_t partner) const;
  bool take_unnamed(formats::PixelArray& array, std::size_t entry);
  void remark_unused(std::size_t labels, std::size_t images, const std::string& why);

  const NamedArrays& arrays_;
  const Operand& operand_;
  bool alone_;
  std::set<std::size_t> used_;
};

}  // namespace cs::source
