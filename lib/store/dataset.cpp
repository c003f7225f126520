#include "store/dataset.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/parallel.hpp"

namespace cs::store {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> shards_of_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".lmdb") paths.push_back(entry.path());
  if (paths.empty()) throw DataError(folder.string(), "holds no shard (*.lmdb)");
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Whether shards[from .. to-1], those of `folder`, are all parts of one set.
void check_complete(const fs::path& folder, const std::vector<Reader>& shards, std::size_t from,
                    std::size_t to) {
  const SetPart& set = shards[from].header().set;
  for (std::size_t i = from; i < to; ++i)
    if (shards[i].header().set.id != set.id || shards[i].header().set.parts != set.parts)
      throw DataError(shards[i].path().string(),
                      "belongs to another set than the shards beside it; empty " + folder.string() +
                          " and make the set again");
  for (std::uint32_t part = 0; part < set.parts; ++part)
    if (from + part >= to || shards[from + part].header().set.part != part)
      throw DataError(folder.string(), "part " + std::to_string(part) + " of " +
                                           std::to_string(set.parts) +
                                           " is missing or misnamed; make the set again");
  if (to - from != set.parts)
    throw DataError(folder.string(), "holds more shards than the " + std::to_string(set.parts) +
                                         " parts of its set");
}

void check_follows(const Reader& before, const Reader& after) {
  const Header& a = before.header();
  const Header& b = after.header();
  const std::string other = printable(before.path().string());
  if (a.columns != b.columns || a.classes != b.classes || a.views != b.views)
    throw DataError(after.path().string(), "has other columns, shapes or classes than " + other);
  if (a.set.id != b.set.id)
    throw DataError(after.path().string(),
                    "belongs to another set than " + other + "; merge them with cs-sample");
  if (a.first + a.count != b.first)
    throw DataError(after.path().string(), "its records do not follow those of " + other +
                                               "; name the shards of a set in order");
}

void check_range(const Dataset& set, std::uint64_t first, std::uint64_t count) {
  const Header& h = set.header();
  if (first < h.first || count > h.count || first - h.first > h.count - count)
    throw DataError(set.name(), "does not hold " + std::to_string(count) + " records from " +
                                    std::to_string(first));
}

Digest records_sum(const Header& header) {
  Digest sum = header.fingerprint;
  sum -= header.shape_digest();
  return sum;
}

}  // namespace

Dataset::Dataset(const std::vector<fs::path>& operands, Verify verify, int threads)
    : threads_(threads) {
  std::vector<fs::path> paths;
  std::vector<std::size_t> ends;  // of each operand's, in `paths`
  for (const fs::path& operand : operands) {
    const auto more = fs::is_directory(operand) ? shards_of_folder(operand) : std::vector{operand};
    paths.insert(paths.end(), more.begin(), more.end());
    ends.push_back(paths.size());
    name_ += (name_.empty() ? "" : " ") + operand.string();
  }
  if (paths.empty()) throw UsageError("no dataset was named");
  std::vector<std::optional<Reader>> opened(paths.size());
  parallel_for(paths.size(), threads, [&](std::size_t i) { opened[i].emplace(paths[i], verify); });
  for (auto& shard : opened) shards_.push_back(std::move(*shard));
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (fs::is_directory(operands[i]))
      check_complete(operands[i], shards_, i == 0 ? 0 : ends[i - 1], ends[i]);
  header_ = shards_.front().header();
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    check_follows(shards_[i - 1], shards_[i]);
    header_.count += shards_[i].header().count;
    header_.fingerprint += records_sum(shards_[i].header());
  }
  if (shards_.size() > 1) header_.set = {header_.set.id, 0, 1};
}

const ColumnSpec& Dataset::require(Column column) const {
  if (const ColumnSpec* spec = header_.find(column)) return *spec;
  std::string has;
  for (const ColumnSpec& spec : header_.columns) has += std::string(" ") + name_of(spec.column);
  throw DataError(name_, std::string("has no column ") + name_of(column) + ", only:" + has);
}

void Dataset::read(Column column, std::uint64_t first, std::uint64_t count, void* out) const {
  const std::size_t record = require(column).record_bytes();
  check_range(*this, first, count);
  auto* to = static_cast<char*>(out);
  for (const Reader& shard : shards_) {
    const Header& h = shard.header();
    const std::uint64_t from = std::max(first, h.first);
    const std::uint64_t until = std::min(first + count, h.first + h.count);
    if (from < until)
      shard.read(column, from, until - from, to + (from - first) * record, threads_);
  }
}

std::vector<std::string> Dataset::read_bytes(Column column, std::uint64_t first,
                                             std::uint64_t count) const {
  require(column);
  check_range(*this, first, count);
  std::vector<std::string> records;
  for (const Reader& shard : shards_) {
    const Header& h = shard.header();
    const std::uint64_t from = std::max(first, h.first);
    const std::uint64_t until = std::min(first + count, h.first + h.count);
    if (from >= until) continue;
    for (std::string& record : shard.read_bytes(column, from, until - from))
      records.push_back(std::move(record));
  }
  return records;
}

const Reader& Dataset::shard_of(std::uint64_t id) const {
  check_range(*this, id, 1);
  const auto after = std::upper_bound(
      shards_.begin(), shards_.end(), id,
      [](std::uint64_t wanted, const Reader& shard) { return wanted < shard.header().first; });
  return *std::prev(after);
}

std::uint64_t Dataset::run(Column column, std::uint64_t id) const {
  return shard_of(id).run(column, id);
}

bool Dataset::links_to(std::optional<Digest> Header::*link, const Dataset& target) const {
  // Every shard links to the fingerprint of the shard it was made from; their records add up.
  const Digest shape = target.header().shape_digest();
  Digest linked;
  for (const Reader& shard : shards_) {
    if (!(shard.header().*link)) return false;
    linked += *(shard.header().*link);
    linked -= shape;
  }
  return linked == records_sum(target.header());
}

bool Dataset::answers_to(const Dataset& images) const {
  return links_to(&Header::of, images) && count() == images.count() &&
         header_.first == images.header().first;
}

bool Dataset::answers_same_images(const Dataset& other) const {
  const auto same = [](const Reader& a, const Reader& b) {
    return a.header().of && a.header().of == b.header().of &&
           a.header().count == b.header().count && a.header().first == b.header().first;
  };
  return std::equal(shards_.begin(), shards_.end(), other.shards_.begin(), other.shards_.end(),
                    same);
}

bool Dataset::views_of(const Dataset& originals) const {
  return header_.views > 0 && links_to(&Header::originals, originals) &&
         count() == originals.count() * header_.views;
}

bool is_folder_of_shards(const fs::path& path) {
  if (!fs::is_directory(path)) return false;
  const fs::directory_iterator entries(path);
  return std::any_of(begin(entries), end(entries),
                     [](const auto& entry) { return entry.path().extension() == ".lmdb"; });
}

Header derived_header(const Dataset& input, const Json& step) {
  Header header = input.header();
  header.set.id = digest(header.set.id.hex() + to_line(step));
  header.append_history(step);
  return header;
}

}  // namespace cs::store
