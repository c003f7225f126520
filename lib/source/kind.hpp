/// A kind of source: how it is recognized and opened. Every kind has a file of its own;
/// source/kinds.hpp lists them all.
#pragma once

#include <memory>

#include "source/operand.hpp"
#include "source/source.hpp"

namespace cs::source {

struct Kind {
  /// Whether the operand is of this kind, by its content.
  bool (*recognize)(Operand& operand);
  /// Opens the operand as this kind, recognized or not. Throws UsageError if the options do not fit
  /// the kind, DataError if the content does not.
  std::unique_ptr<Source> (*open)(Operand& operand);
  /// Whether what follows `KIND:` is a path.
  bool is_path = true;
};

}  // namespace cs::source
