#include "source/synth.hpp"

#include <optional>
#include <string_view>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "source/kinds.hpp"
#include "source/synth_scene.hpp"
#include "source/synth_shapes.hpp"

namespace cs::source {
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

[[noreturn]] void refuse(const std::string& what) {
  throw UsageError("synth:shapes", what + "; give synth:shapes?count=N&size=S");
}

struct Address {
  std::size_t count = 10'000;
  int size = 32;
};

/// Reads `shapes?count=N&size=S`.
Address parse(const std::string& text) {
  const std::size_t mark = text.find('?');
  if (text.compare(0, mark, "shapes") != 0)
    refuse("'" + printable(text.substr(0, mark)) + "' is no synthetic set");
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> size;
  if (mark != std::string::npos)
    for (const std::string& pair : split(text.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      const std::string key = pair.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
      if (key == "count" && !count)
        count = parse_unsigned("synth:shapes count", value, 1, 100'000'000);
      else if (key == "size" && !size)
        size = parse_unsigned("synth:shapes size", value, kSynthSmallest, kSynthLargest);
      else
        refuse("'" + printable(pair) + "' is unknown or repeated");
    }
  Address address;
  address.count = count.value_or(address.count);
  if (size) address.size = static_cast<int>(*size);
  return address;
}

bool recognize(Operand& /*operand*/) { return false; }  // only its word names it

std::unique_ptr<Source> open(Operand& operand) {
  if (!operand.options().prefix.empty())
    throw UsageError("`prefix`", "synthetic sets have no folders; leave it out");
  const Address address = parse(operand.text());
  return std::make_unique<SynthSource>(operand.options().seed, address.count, address.size);
}

}  // namespace

const Kind kSynth = {recognize, open, /*is_path=*/false};

const std::vector<std::string>& synth_classes() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    list.reserve(kShapes.size());
    for (const Shape& shape : kShapes) list.emplace_back(shape.name);
    return list;
  }();
  return names;
}

}  // namespace cs::source
