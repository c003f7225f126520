#include "answers/merge.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parse.hpp"

namespace cs::answers {
namespace fs = std::filesystem;

Caches open_others(const fs::path& cache, const std::vector<fs::path>& folders) {
  Caches others;
  std::vector<fs::path> before = {cache};
  for (const fs::path& folder : folders) {
    for (const fs::path& other : before)
      if (std::error_code missing; fs::equivalent(folder, other, missing))
        throw UsageError("`from-cache`",
                         "names '" + printable(folder.string()) + "', which is " +
                             (other == cache ? "the `cache` itself" : "named already") +
                             "; name each folder once");
    others.push_back(std::make_unique<AnswerCache>(folder, Access::kRead));
    const std::vector<OriginRow> rows = others.back()->by_origin();
    if (std::any_of(rows.begin(), rows.end(),
                    [](const OriginRow& row) { return row.origin == Digest{}; }))
      throw DataError(folder.string(),
                      "was last written by a version that gave caches no identity, so its ledger "
                      "might be counted twice; ask through it once with this version, then copy it "
                      "again");
    before.push_back(folder);
  }
  return others;
}

std::unique_ptr<AnswerCache> open_merged(const fs::path& cache,
                                         const std::vector<fs::path>& folders,
                                         std::vector<Merged>& merged) {
  const Caches others = open_others(cache, folders);
  auto opened = std::make_unique<AnswerCache>(cache, Access::kWrite);
  if (!others.empty()) merged = opened->merge(others);
  return opened;
}

Json to_json(const Merged& merged) {
  return {{"from", printable(merged.from.string())},
          {"added", merged.added},
          {"equal", merged.equal},
          {"different", merged.different},
          {"largest_difference", merged.largest}};
}

std::string remark_on(const Merged& merged) {
  if (merged.different == 0) return "";
  return printable(merged.from.string()) + ": " + std::to_string(merged.different) +
         " of its answers differ from those to the same images here, by at most " +
         to_text(merged.largest) + " of their length; these stay";
}

}  // namespace cs::answers
