#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/stop.hpp"
#include "core/words.hpp"
#include "formats/recording.hpp"

namespace cs::formats {
namespace {

constexpr std::size_t kMostLine = std::size_t{16} << 20U;

enum class Member : std::uint8_t { kEmbedding, kName, kIndex, kObject };

constexpr Words<Member, 4> kMembers{"member",
                                    {{{"embedding", Member::kEmbedding},
                                      {"name", Member::kName},
                                      {"index", Member::kIndex},
                                      {"object", Member::kObject}}}};

/// What a line says beside its vector.
struct Line {
  std::optional<std::string> name;
  std::optional<std::uint64_t> index;
};

/// One line after the other into a recording.
class Lines {
 public:
  Lines(std::string_view subject, std::string_view text) : subject_(subject) {
    while (!text.empty()) {
      check_stop();
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++number_;
      take(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (number_ == 0) throw DataError(subject_, "is empty; record the answers again");
  }

  Recording recording() && {
    recording_.vectors.count = number_;
    if (!indices_.empty()) sort();
    return std::move(recording_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(subject_ + ": line " + std::to_string(number_), what);
  }

  void take(std::string_view text) {
    if (text.size() > kMostLine) fail("is over 16 MiB; write one object a line");
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) fail("is empty; write one object a line");
    if (text[begin] == '[') fail("is a JSON array; write one object a line, as jq -c '.[]' does");
    if (text[begin] != '{') fail(R"(is no JSON object; write {"name": ..., "embedding": [...]})");
    const Json json = parse(text);
    Line line;
    bool has_vector = false;
    for (const auto& [key, value] : json.items()) {
      const auto member = kMembers.find(key);
      if (!member)
        fail("has the member '" + printable(key) +
             "'; name images with 'name', or count them from 0 with 'index', and leave out the "
             "rest");
      switch (*member) {
        case Member::kEmbedding:
          take_vector(value);
          has_vector = true;
          break;
        case Member::kName:
          if (!value.is_string()) fail("has a 'name' that is no text");
          line.name = value.get<std::string>();
          break;
        case Member::kIndex:
          if (!value.is_number_unsigned()) fail("has an 'index' that is no whole number from 0 on");
          line.index = value.get<std::uint64_t>();
          break;
        case Member::kObject:
          if (value != "embedding") fail("has an 'object' other than \"embedding\"; leave it out");
          break;
      }
    }
    if (!has_vector) fail("has no 'embedding'; call the vector that");
    take_key(line);
  }

  Json parse(std::string_view text) const {
    try {
      return parse_json(subject_ + ": line " + std::to_string(number_), text);
    } catch (const DataError&) {  // Python writes NaN, which JSON does not know.
      for (const std::string_view word : {"NaN", "Infinity"})
        if (text.find(word) != std::string_view::npos)
          fail("holds NaN or Infinity, or is not valid JSON; repair it or leave out its image");
      throw;
    }
  }

  void take_vector(const Json& value) {
    Vectors& vectors = recording_.vectors;
    if (!value.is_array() || value.empty())
      fail("has an 'embedding' that is no list of numbers; ask the service for floats");
    if (number_ == 1) vectors.width = value.size();
    if (value.size() != vectors.width)
      fail("has " + std::to_string(value.size()) + " numbers, the first line " +
           std::to_string(vectors.width) + "; record answers of one victim");
    for (const Json& number : value) {
      if (!number.is_number()) fail("has an 'embedding' that is no list of numbers");
      vectors.values.push_back(to_float(number.get<double>()));
      if (!std::isfinite(vectors.values.back()))
        fail("holds a number that is too large for f32; repair it or leave out its image");
    }
  }

  void take_key(const Line& line) {
    if (line.name && line.index) fail("has a 'name' and an 'index'; leave out one of them");
    if (line.name) recording_.names.push_back(*line.name);
    if (line.index) indices_.push_back(*line.index);
    const std::size_t named = recording_.names.size();
    const bool even =
        named + indices_.size() == 0 || named == number_ || indices_.size() == number_;
    if (!even) fail("says otherwise than line 1 which image it is about; write all lines alike");
  }

  [[noreturn]] void refuse_index(std::size_t position, const std::string& why) const {
    throw DataError(subject_ + ": line " + std::to_string(position + 1),
                    "has the index " + std::to_string(indices_[position]) + why +
                        "; count the images from 0, over all requests");
  }

  /// Puts the vectors in the order of their indices.
  void sort() {
    const Vectors& from = recording_.vectors;
    std::vector<std::size_t> line_of(number_, 0);  // from 1
    for (std::size_t i = 0; i < number_; ++i) {
      if (indices_[i] >= number_) refuse_index(i, ", of " + std::to_string(number_) + " lines");
      std::size_t& line = line_of[indices_[i]];
      if (line != 0) refuse_index(i, ", as line " + std::to_string(line));
      line = i + 1;
    }
    std::vector<float> sorted;
    sorted.reserve(from.values.size());
    for (const std::size_t line : line_of)
      sorted.insert(sorted.end(), from.row(line - 1), from.row(line));
    recording_.vectors.values = std::move(sorted);
  }

  std::string subject_;
  std::size_t number_ = 0;  ///< of the line, from 1
  Recording recording_;
  std::vector<std::uint64_t> indices_;
};

}  // namespace

Recording parse_recorded_lines(std::string_view subject, std::string_view text) {
  return Lines(subject, text).recording();
}

}  // namespace cs::formats
