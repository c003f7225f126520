// Recorded answers. Input: u8 form, the file. Form 0: JSON lines; 1: a .npy of vectors; 2: a .npy
// of texts; 3: a .npz; 4: a .npz is made, with right checksums, of the bytes before the last "|" as
// the vectors and those after it as their names.
#include <cmath>

#include "formats/recording.hpp"
#include "fuzz.hpp"
#include "zip.hpp"

namespace cs::fuzz {
namespace {

constexpr std::size_t kForms = 5;

void check(const formats::Vectors& vectors) {
  require(vectors.count > 0 && vectors.width > 0, "there is a number");
  require(vectors.values.size() == vectors.count * vectors.width, "every vector is whole");
  for (const float value : vectors.values) require(std::isfinite(value), "numbers are finite");
}

void check(const formats::Recording& recording) {
  check(recording.vectors);
  require(recording.names.empty() || recording.names.size() == recording.vectors.count,
          "each vector has a name, or none");
}

std::optional<formats::Recording> npz(std::string_view bytes) {
  return accepted([&]() -> formats::Recording {
    try {
      return formats::parse_recorded_npz(MemoryFile(bytes), std::nullopt);
    } catch (const UsageError&) {  // several arrays
      return formats::parse_recorded_npz(MemoryFile(bytes), "e");
    }
  });
}

std::string made_npz(std::string_view bytes) {
  const std::size_t cut = std::min(bytes.rfind('|'), bytes.size());
  return stored_zip({{"e.npy", std::string(bytes.substr(0, cut))},
                     {"names.npy", std::string(bytes.substr(std::min(cut + 1, bytes.size())))}});
}

}  // namespace

void run(Input input) {
  const auto form = input.take<std::uint8_t>() % kForms;
  const Exact exact(input.rest());
  const std::string_view bytes = exact.view();
  if (form == 0) {
    if (const auto read = accepted([&] { return formats::parse_recorded_lines(kSubject, bytes); }))
      check(*read);
  } else if (form == 1) {
    if (const auto read = accepted([&] { return formats::parse_npy_vectors(MemoryFile(bytes)); }))
      check(*read);
  } else if (form == 2) {
    if (const auto texts = accepted([&] { return formats::parse_npy_texts(MemoryFile(bytes)); }))
      for (const std::string& text : *texts)
        require(text.empty() || text.back() != '\0', "texts end before the zeros behind them");
  } else if (const auto read = npz(form == 3 ? std::string(bytes) : made_npz(bytes))) {
    check(*read);
  }
}

}  // namespace cs::fuzz
