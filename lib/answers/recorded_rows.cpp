#include "answers/recorded_rows.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"

namespace cs::answers {
namespace {

using formats::Recording;
using formats::Vectors;
using store::Column;

constexpr const char* kInOrder = "; record the answers in the order of the images, without names";

std::string quoted(const std::string& name) { return "'" + printable(name) + "'"; }

/// The rows of a recording by the names of their images.
class RowsByName {
 public:
  RowsByName(std::string file, const Recording& recording)
      : file_(std::move(file)), recording_(recording) {
    const Vectors& vectors = recording.vectors;
    for (std::size_t row = 0; row < vectors.count; ++row) {
      const auto [at, is_new] = rows_.emplace(recording.names[row], row);
      if (!is_new && !std::equal(vectors.row(row), vectors.row(row + 1), vectors.row(at->second)))
        throw DataError(file_, "holds different vectors for " + quoted(at->first) + ", in rows " +
                                   std::to_string(at->second) + " and " + std::to_string(row) +
                                   " (from 0); leave out one");
    }
  }

  /// The row of each image.
  std::vector<std::size_t> match(const store::Dataset& images) const {
    const std::uint64_t first = images.header().first;
    if (images.header().find(Column::kName) == nullptr)
      throw DataError(images.name(), "has no names for those in " + printable(file_) + kInOrder);
    std::vector<std::size_t> row_of;
    row_of.reserve(images.count());
    std::vector<std::string> missing;
    std::unordered_map<std::size_t, std::uint64_t> taken;  // rows and the ids that took them
    constexpr std::uint64_t kBlock = 4096;
    for (std::uint64_t at = 0; at < images.count(); at += kBlock) {
      const auto names =
          images.read_bytes(Column::kName, first + at, std::min(kBlock, images.count() - at));
      for (const std::string& name : names) {
        const auto row = rows_.find(name);
        if (row == rows_.end()) {
          missing.push_back(name);
          continue;
        }
        const std::uint64_t id = first + row_of.size() + missing.size();
        if (const auto [other, is_new] = taken.emplace(row->second, id); !is_new)
          throw DataError(images.name(), "calls the records " + std::to_string(other->second) +
                                             " and " + std::to_string(id) + " both " +
                                             quoted(name) + kInOrder);
        row_of.push_back(row->second);
      }
    }
    if (!missing.empty()) refuse(missing, images);
    return row_of;
  }

  std::size_t count() const { return rows_.size(); }

 private:
  [[noreturn]] void refuse(const std::vector<std::string>& missing,
                           const store::Dataset& images) const {
    constexpr std::size_t kShown = 3;
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < std::min(kShown, missing.size()); ++i)
      shown.push_back(quoted(missing[i]));
    throw DataError(file_, "has no answer for " + std::to_string(missing.size()) + " of the " +
                               std::to_string(images.count()) + " images of " +
                               printable(images.name()) + ": " + join(shown, ", ") +
                               (missing.size() > kShown ? ", ..." : "") + "; its first name is " +
                               quoted(recording_.names.front()) +
                               ", and names must be those that listings of the images show");
  }

  std::string file_;
  const Recording& recording_;
  std::unordered_map<std::string, std::size_t> rows_;
};

}  // namespace

std::vector<std::size_t> rows_for(const store::Dataset& images, const std::string& file,
                                  const Recording& recording,
                                  const std::function<void(const std::string&)>& remark) {
  if (recording.names.empty()) {
    if (recording.vectors.count != images.count())
      throw DataError(file, "holds " + std::to_string(recording.vectors.count) + " answers, and " +
                                printable(images.name()) + " " + std::to_string(images.count()) +
                                " images; without names there must be one for each, in order");
    return {};
  }
  const RowsByName rows(file, recording);
  std::vector<std::size_t> row_of = rows.match(images);
  if (rows.count() > row_of.size() && remark)
    remark(printable(file) + ": " + std::to_string(rows.count() - row_of.size()) + " of its " +
           std::to_string(rows.count()) + " answers are to other images, and are left out");
  return row_of;
}

}  // namespace cs::answers
