#include "source/open.hpp"

#include <filesystem>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "source/kinds.hpp"
#include "source/refusal.hpp"
#include "source/with_labels.hpp"

namespace cs::source {
namespace {

/// An operand as `KIND:TEXT`; without a kind where it names none.
struct Address {
  const Kind* kind = nullptr;
  std::string text;
};

Address parse_address(const std::string& operand) {
  for (const auto& [word, kind] : kKinds.rows())
    if (operand.size() > word.size() && operand[word.size()] == ':' &&
        operand.compare(0, word.size(), word) == 0)
      return {kind, operand.substr(word.size() + 1)};
  return {nullptr, operand};
}

const Kind& recognize(Operand& operand) {
  for (const auto& row : kKinds.rows())
    if (row.value->recognize(operand)) return *row.value;
  refuse_file(operand);
}

}  // namespace

std::unique_ptr<Source> open_source(const std::string& operand, const SourceOptions& options) {
  const Address address = parse_address(operand);
  if (address.kind != nullptr && address.text.empty())
    throw UsageError(operand.substr(0, operand.size() - 1), "names nothing; give KIND:PATH");
  Operand opened(address.text, options);
  const Kind& kind = address.kind != nullptr ? *address.kind : recognize(opened);
  auto source = kind.open(opened);
  if (options.labels || source->classes().empty()) return source;
  std::vector<std::int32_t> none(source->size(), -1);
  return with_labels(std::move(source), std::move(none), {});
}

std::string path_of_source(const std::string& operand) {
  const Address address = parse_address(operand);
  return address.kind == nullptr || address.kind->is_path ? address.text : "";
}

std::string history_name(const std::string& operand) {
  const std::string path = path_of_source(operand);
  const std::string kind = operand.substr(0, operand.size() - path.size());
  std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();  // of a folder with a slash at its end
  return printable(kind + normal.filename().string());
}

}  // namespace cs::source
