#include "image/source.hpp"

#include <optional>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "image/decode.hpp"
#include "image/listing.hpp"
#include "image/synth.hpp"

namespace cs::image {
namespace {

class SynthSource : public Source {
 public:
  SynthSource(std::uint64_t seed, std::size_t count, int image_size)
      : seed_(seed), count_(count), image_size_(image_size) {}

  std::size_t size() const override { return count_; }
  const std::vector<std::string>& classes() const override { return synth_classes(); }

  Item item(std::size_t index) const override {
    const std::string digits = std::to_string(index);  // zeros keep names in the order of numbers
    return {std::string(8 - digits.size(), '0') + digits,
            static_cast<std::int32_t>(index % synth_classes().size())};
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      take(position, {});
    }
  }

  cv::Mat decode(std::size_t index, std::string_view /*bytes*/) const override {
    return draw_synth(seed_, index, image_size_);
  }

 private:
  std::uint64_t seed_;
  std::size_t count_;
  int image_size_;
};

constexpr std::string_view kSynthScheme = "synth:";

/// Reads `shapes?count=N&size=S`.
std::unique_ptr<Source> open_synth(const std::string& operand, std::uint64_t seed) {
  const std::string address = operand.substr(kSynthScheme.size());
  const std::size_t mark = address.find('?');
  if (address.substr(0, mark) != "shapes")
    throw UsageError(operand, "no such synthetic set; give synth:shapes?count=N&size=S");
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> size;
  if (mark != std::string::npos)
    for (const std::string& pair : split(address.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      const std::string key = pair.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
      if (key == "count" && !count)
        count = parse_unsigned("synth:shapes count", value, 1, 100'000'000);
      else if (key == "size" && !size)
        size = parse_unsigned("synth:shapes size", value, kSynthSmallest, kSynthLargest);
      else
        throw UsageError(
            operand,
            "'" + printable(pair) + "' is unknown or repeated; give count=N and size=S once each");
    }
  return std::make_unique<SynthSource>(seed, count.value_or(10'000),
                                       static_cast<int>(size.value_or(32)));
}

}  // namespace

cv::Mat Source::decode(std::size_t index, std::string_view bytes) const {
  return image::decode(item(index).name, bytes);
}

std::unique_ptr<Source> open_source(const std::string& operand, const std::string& prefix,
                                    std::uint64_t seed, const std::filesystem::path& spill_dir) {
  if (operand.compare(0, kSynthScheme.size(), kSynthScheme) == 0) {
    if (!prefix.empty())
      throw UsageError("--prefix", "synthetic sets have no folders; leave it out");
    return open_synth(operand, seed);
  }
  const std::string inside = normalize_prefix(prefix);
  std::error_code error;
  const auto status = std::filesystem::status(operand, error);
  if (error)
    throw Error(operand, "cannot open: " + error.message() + "; give a folder or a tar archive");
  if (std::filesystem::is_directory(status)) return open_folder(operand, inside);
  if (!std::filesystem::is_regular_file(status))
    throw DataError(operand, "is neither a folder nor a file; give a folder or a tar archive");
  return open_archive(operand, inside, spill_dir);
}

}  // namespace cs::image
