// The header of a shard. Input: its JSON text, which begins with '{'; else a description of
// columns, whose numbers a fuzzer seldom changes in a text.
#include <array>

#include "core/json.hpp"
#include "fuzz.hpp"
#include "store/format.hpp"

namespace cs::fuzz {
namespace {

using store::Header;

/// A header of these columns, of each: u8 name, u8 type, u8 encoding, u8 extents, and the extents:
/// u8 bits, u8 that is shifted by them.
std::string described(Input input) {
  constexpr std::array<const char*, 7> kNames = {"image",     "label",      "name",   "embedding",
                                                 "posterior", "prediction", "picture"};
  constexpr std::array<const char*, 5> kTypes = {"u8", "f32", "f16", "i32", "f64"};
  constexpr std::array<const char*, 4> kEncodings = {"raw", "shuffled", "source", "zip"};
  Json json = parse_json(kSubject, Header().to_json());
  for (unsigned columns = input.take<std::uint8_t>() % 5U; columns > 0; --columns) {
    Json column = {{"name", kNames[input.take<std::uint8_t>() % kNames.size()]},
                   {"type", kTypes[input.take<std::uint8_t>() % kTypes.size()]},
                   {"shape", Json::array()},
                   {"encoding", kEncodings[input.take<std::uint8_t>() % kEncodings.size()]}};
    for (unsigned extents = input.take<std::uint8_t>() % 5U; extents > 0; --extents) {
      const unsigned bits = input.take<std::uint8_t>() % 64U;
      column["shape"].push_back(std::uint64_t{input.take<std::uint8_t>()} << bits);
    }
    json["columns"].push_back(column);
  }
  return to_line(json);
}

void check(const Header& header) {
  for (const store::ColumnSpec& spec : header.columns) {
    require(spec.record_bytes() <= store::kLargestRecord, "a record has at most 1 GiB");
    require(header.find(spec.column) == &spec, "every column can be found");
  }
  const std::string text = header.to_json();
  const Header again = Header::from_json(kSubject, text);
  require(again.to_json() == text, "a header reads back as it was written");
  require(again.shape_digest() == header.shape_digest(), "the shape reads back");
  Header next = header;
  next.append_history({{"tool", "fuzz"}});
  Header::from_json(kSubject, next.to_json());
}

}  // namespace

void run(Input input) {
  const bool is_text = input.rest().substr(0, 1) == "{";
  const Exact exact(is_text ? input.rest() : described(input));
  const std::string_view text = exact.view();
  if (const auto header = accepted([&] { return store::Header::from_json(kSubject, text); }))
    check(*header);
}

}  // namespace cs::fuzz
