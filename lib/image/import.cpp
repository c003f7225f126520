#include "image/import.hpp"

#include <array>
#include <cstdio>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "core/pipeline.hpp"
#include "core/stop.hpp"
#include "image/sampling.hpp"

namespace cs::image {
namespace {

using store::Column;

constexpr std::size_t kBlockBytes = std::size_t{8} << 20U;

/// A class name as JSON can hold it: in one that is not UTF-8, every byte beyond ASCII as %HH, so
/// that different names stay different.
std::string utf8_name(const std::string& name) {
  if (printable(name).find("\\x") == std::string::npos) return name;
  std::string out;
  for (const char c : name) {
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned char>(c));
    out += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : hex.data();
  }
  return out;
}

class Importer {
 public:
  Importer(const Source& source, const ImportOptions& options,
           const std::function<store::SetWriter(store::Header)>& make_writer)
      : source_(source), options_(options), make_writer_(make_writer) {}

  void take(std::size_t index, std::string_view bytes) {
    block_.push_back({index, std::string(bytes)});
    block_bytes_ += bytes.size() + 1024;
    if (block_bytes_ > kBlockBytes) import_block();
  }

  void finish() {
    import_block();
    if (!writer_) throw DataError("sources", "hold no usable image");
    writer_->close();
  }

 private:
  struct Encoded {
    std::size_t index;
    std::string bytes;
  };
  struct Decoded {
    cv::Mat image;
    std::string problem;  ///< empty if it decoded
  };

  Decoded decode(const Encoded& item) const {
    try {
      const cv::Mat image = source_.decode(item.index, item.bytes);
      return {options_.size > 0 ? square(image, options_.size) : image, ""};
    } catch (const DataError& e) {
      return {{}, e.what()};
    }
  }

  void import_block() {
    Pipeline<Decoded> images(block_.size(), options_.threads,
                             [&](std::size_t i) { return decode(block_[i]); });
    std::size_t i = 0;
    for (Decoded decoded; images.next(decoded); ++i) {
      check_stop();
      append(source_.item(block_[i].index), decoded);
    }
    if (options_.on_done) options_.on_done(block_.size());
    block_.clear();
    block_bytes_ = 0;
  }

  void append(const Item& item, const Decoded& decoded) {
    std::string problem = decoded.problem;
    if (problem.empty() && writer_ && decoded.image.size() != size_)
      problem = printable(item.name) + ": is of another size than those before it; pass --size";
    if (!problem.empty()) {
      if (++bad_ > options_.max_bad) throw DataError(problem);
      if (options_.on_bad) options_.on_bad(problem);
      return;
    }
    if (!writer_) begin(decoded.image.size());
    store::Writer& writer = writer_->next();
    writer.append(Column::kImage, decoded.image.data, 1);
    if (!source_.classes().empty()) writer.append(Column::kLabel, &item.label, 1);
    writer.append_bytes(Column::kName, item.name);
  }

  void begin(cv::Size size) {
    size_ = size;
    store::Header header;
    header.columns = {store::image_spec(static_cast<std::uint32_t>(size.height),
                                        static_cast<std::uint32_t>(size.width))};
    if (!source_.classes().empty()) header.columns.push_back(store::label_spec());
    header.columns.push_back(store::name_spec());
    for (const std::string& name : source_.classes()) header.classes.push_back(utf8_name(name));
    writer_.emplace(make_writer_(std::move(header)));
  }

  const Source& source_;
  const ImportOptions& options_;
  const std::function<store::SetWriter(store::Header)>& make_writer_;
  std::optional<store::SetWriter> writer_;
  cv::Size size_;
  std::vector<Encoded> block_;
  std::size_t block_bytes_ = 0;
  std::uint64_t bad_ = 0;
};

}  // namespace

void import(const Source& source, const std::vector<std::size_t>& wanted,
            const ImportOptions& options,
            const std::function<store::SetWriter(store::Header header)>& make_writer) {
  Importer importer(source, options, make_writer);
  source.read(wanted, [&](std::size_t position, std::string_view bytes) {
    importer.take(wanted[position], bytes);
  });
  importer.finish();
}

}  // namespace cs::image
