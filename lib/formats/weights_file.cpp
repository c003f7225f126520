#include "formats/weights_file.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/torch_file.hpp"

namespace cs::formats {
namespace {

/// Where a file's bytes state their own digest: the value of this key of the metadata.
constexpr std::string_view kDigestKey = R"("cs.digest":")";
constexpr std::size_t kDigestLength = 32;

/// Writes the digest of `file`, taken with zeros in its place, to its place and returns it; nothing
/// if the file has no place for it.
std::string put_digest(std::string& file) {
  const std::size_t at = std::string_view(file).find(kDigestKey);
  if (at == std::string::npos || file.size() - at < kDigestKey.size() + kDigestLength) return "";
  const std::size_t place = at + kDigestKey.size();
  file.replace(place, kDigestLength, kDigestLength, '0');
  std::string hex = digest(file).hex();
  file.replace(place, kDigestLength, hex);
  return hex;
}

/// The kind by the members that only its description has; a file may have lost some of them.
WeightsKind kind_described_by(const Json& about) {
  constexpr std::array<std::pair<const char*, WeightsKind>, 7> kOwnMembers{{
      {"classes", WeightsKind::kHead},
      {"run", WeightsKind::kCheckpoint},
      {"position", WeightsKind::kCheckpoint},
      {"arch", WeightsKind::kEncoder},
      {"stem", WeightsKind::kEncoder},
      {"embedding", WeightsKind::kEncoder},
      {"input", WeightsKind::kEncoder},
  }};
  for (const auto& [member, kind] : kOwnMembers)
    if (about.contains(member)) return kind;
  return WeightsKind::kForeign;
}

std::string phrase(WeightsKind kind) {
  switch (kind) {
    case WeightsKind::kEncoder:
      return "an encoder";
    case WeightsKind::kHead:
      return "a head";
    case WeightsKind::kCheckpoint:
      return "a checkpoint of a training";
    default:
      return "weights without the metadata that describe them";
  }
}

/// The tensors of the file's bytes.
void parse(WeightsFile& file) {
  const FileKind kind = kind_of(*file.bytes, *file.bytes);
  if (kind == FileKind::kSafetensors || !holds_weights(kind)) {  // it says what the file is
    file.file = parse_safetensors(file.subject, *file.bytes);
    return;
  }
  TorchFile torch = parse_torch_file(file.subject, *file.bytes);
  file.copies = std::make_shared<const std::deque<std::string>>(std::move(torch.copies));
  file.file = std::move(torch.weights);
}

}  // namespace

bool holds_weights(FileKind kind) {
  return kind == FileKind::kSafetensors || kind == FileKind::kTorchZip ||
         kind == FileKind::kTorchLegacy;
}

void WeightsFile::require(WeightsKind wanted) const {
  if (kind != wanted)
    throw DataError(subject, "is " + phrase(kind) + "; this takes " + phrase(wanted));
}

void WeightsFile::verify() const {
  const auto stated = file.metadata.find("cs.digest");
  std::string copy = *bytes;
  if (stated == file.metadata.end() || stated->second != put_digest(copy))
    throw DataError(subject, "is damaged: its digest does not match; copy or make it again");
}

WeightsFile read_weights(const std::filesystem::path& path) {
  WeightsFile read;
  read.subject = path.string();
  read.bytes = std::make_shared<const std::string>(read_file(path));
  parse(read);
  const auto found = read.file.metadata.find("cs");
  if (found != read.file.metadata.end()) {
    read.about = parse_json(read.subject, found->second);
    read.kind = kind_described_by(read.about);
  }
  read.digest = digest(*read.bytes);
  return read;
}

Metadata metadata_for(const Json& about) {
  return {{"cs.digest", std::string(kDigestLength, '0')}, {"format", "pt"}, {"cs", to_line(about)}};
}

void state_digest(std::string& file) { put_digest(file); }

}  // namespace cs::formats
