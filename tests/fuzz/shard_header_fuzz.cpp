// The header of a shard. Input: its JSON text.
#include "core/json.hpp"
#include "fuzz.hpp"
#include "store/format.hpp"

namespace cs::fuzz {
namespace {

using store::Header;

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
  const std::string_view text = input.rest();
  if (const auto header = accepted([&] { return store::Header::from_json(kSubject, text); }))
    check(*header);
}

}  // namespace cs::fuzz
