#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "formats/file_kind.hpp"
#include "formats/npy.hpp"
#include "formats/recording.hpp"
#include "formats/zip_member.hpp"

namespace cs::formats {
namespace {

constexpr std::string_view kEnd = ".npy";
constexpr const char* kNames = "names";
constexpr std::size_t kMostArrays = 10000;

/// Where the record of each array stands in the directory.
using Arrays = std::map<std::string, std::uint64_t>;

Arrays arrays_of(const Bytes& file) {
  Arrays arrays;
  for_each_zip_record(file, [&](std::uint64_t at, std::string_view name, bool regular) {
    if (!regular || name.size() <= kEnd.size() || name.substr(name.size() - kEnd.size()) != kEnd)
      return;
    const std::string array(name.substr(0, name.size() - kEnd.size()));
    if (!arrays.emplace(array, at).second)
      throw DataError(file.name(),
                      "holds the array '" + printable(array) + "' twice; save it again");
    if (arrays.size() > kMostArrays)
      throw DataError(file.name(), "holds over 10000 arrays; save the vectors as one");
  });
  return arrays;
}

/// What the array whose record stands at `at` is; nothing if it cannot be told.
std::optional<NpyHeader> header_of(const Bytes& file, std::uint64_t at) try {
  const std::string head = zip_member_head(file, zip_member(file, at), kHeadBytes);
  return read_npy_header(Buffer(file.name(), head));
} catch (const DataError&) {  // Damaged, which is no matter unless somebody wants it.
  return std::nullopt;
}

std::string unpack(const Bytes& file, std::uint64_t at) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 30U;
  const ZipMember member = zip_member(file, at);
  if (member.size > kMost && member.size / 100 > std::min(member.packed, file.size()))
    throw DataError(file.name(), "unpacks to over 100 times its size; save it without compression");
  std::string bytes;
  unpack_zip_member(file, member, [&](std::string_view part) { bytes += part; });
  return bytes;
}

std::string called(const Bytes& file, const std::string& array) {
  return file.name() + ": array '" + printable(array) + "'";
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> shown;
  for (const std::string& name : names)
    if (shown.size() < kMost) shown.push_back("'" + printable(name) + "'");
  return join(shown, ", ") + (names.size() > kMost ? ", ..." : "");
}

std::string choose(const Bytes& file, const Arrays& arrays) {
  std::vector<std::string> vectors;
  std::vector<std::string> all;
  for (const auto& [name, at] : arrays) {
    all.push_back(name);
    const auto header = header_of(file, at);
    if (header && header->kind == 'f' && header->shape.size() == 2) vectors.push_back(name);
  }
  if (vectors.size() > 1)
    throw UsageError("`victim-output`", "is missing; " + printable(file.name()) +
                                            " holds several arrays of vectors: " + list(vectors));
  if (vectors.empty())
    throw DataError(file.name(), "holds no array of vectors (images, numbers) of f2, f4 or f8" +
                                     (all.empty() ? "" : ", but " + list(all)) +
                                     "; save one with astype('float32')");
  return vectors.front();
}

}  // namespace

Recording parse_recorded_npz(const Bytes& file, const std::optional<std::string>& array) {
  const Arrays arrays = arrays_of(file);
  const std::string chosen = array ? *array : choose(file, arrays);
  if (arrays.count(chosen) == 0) {
    std::vector<std::string> all;
    for (const auto& [name, at] : arrays) all.push_back(name);
    throw UsageError("`victim-output`", "'" + printable(chosen) + "' is no array of " +
                                            printable(file.name()) + ", which holds " + list(all));
  }
  Recording recording;
  recording.vectors = [&] {
    const std::string bytes = unpack(file, arrays.at(chosen));
    return parse_npy_vectors(Buffer(called(file, chosen), bytes));
  }();
  if (const auto names = arrays.find(kNames); names != arrays.end()) {
    const std::string bytes = unpack(file, names->second);
    recording.names = parse_npy_texts(Buffer(called(file, kNames), bytes));
    if (recording.names.size() != recording.vectors.count)
      throw DataError(file.name(), "holds " + std::to_string(recording.names.size()) +
                                       " names of " + std::to_string(recording.vectors.count) +
                                       " vectors; save as many");
  }
  return recording;
}

}  // namespace cs::formats
