#include "nn/weights_file.hpp"

#include <string_view>

#include "core/error.hpp"

namespace cs::nn {
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

}  // namespace

Digest save_weights(const std::filesystem::path& path, const State& state, const Json& about,
                    Overwrite overwrite) {
  const formats::Metadata metadata{
      {"cs.digest", std::string(kDigestLength, '0')}, {"format", "pt"}, {"cs", to_line(about)}};
  std::string file = to_safetensors(state, metadata);
  put_digest(file);
  write_file(path, file, overwrite);
  return digest(file);
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
  read.file = formats::parse_safetensors(read.subject, *read.bytes);
  const auto found = read.file.metadata.find("cs");
  if (found == read.file.metadata.end())
    throw DataError(read.subject, "weights without the metadata that describe them");
  read.about = parse_json(read.subject, found->second);
  read.digest = digest(*read.bytes);
  return read;
}

}  // namespace cs::nn
