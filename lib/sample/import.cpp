#include "sample/import.hpp"

#include <array>
#include <cstdio>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>

#include "core/error.hpp"

namespace cs::sample {
namespace {

using store::Column;

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
  Importer(const source::Source& source, const ImportOptions& options,
           const std::function<store::SetWriter(store::Header)>& make_writer)
      : source_(source), options_(options), make_writer_(make_writer) {}

  void take(const Decoded& decoded) {
    constexpr std::uint64_t kReport = 256;
    append(source_.item(decoded.index), decoded);
    if (options_.on_done && ++done_ % kReport == 0) options_.on_done(kReport);
  }

  void finish() {
    if (!writer_) throw DataError("sources", "hold no usable image");
    writer_->close();
    if (options_.on_done) options_.on_done(done_ % 256);
  }

 private:
  void append(const source::Item& item, const Decoded& decoded) {
    std::string problem = decoded.problem;
    if (problem.empty() && writer_ && !options_.encoded && decoded.image.size() != size_)
      problem = printable(item.name) +
                ": is of another size than those before it; pass `size`, or `encoded`";
    if (!problem.empty()) {
      if (++bad_ > options_.max_bad) throw DataError(problem);
      if (options_.on_bad) options_.on_bad(problem);
      return;
    }
    if (!writer_) begin(decoded.image.size());
    store::Writer& writer = writer_->next();
    if (options_.encoded)
      writer.append_bytes(Column::kImage, decoded.bytes);
    else
      writer.append(Column::kImage, decoded.image.data, 1);
    if (!source_.classes().empty()) writer.append(Column::kLabel, &item.label, 1);
    writer.append_bytes(Column::kName, item.name);
  }

  void begin(cv::Size size) {
    size_ = size;
    store::Header header;
    header.columns = {options_.encoded ? store::encoded_image_spec()
                                       : store::image_spec(static_cast<std::uint32_t>(size.height),
                                                           static_cast<std::uint32_t>(size.width))};
    if (!source_.classes().empty()) header.columns.push_back(store::label_spec());
    header.columns.push_back(store::name_spec());
    for (const std::string& name : source_.classes()) header.classes.push_back(utf8_name(name));
    writer_.emplace(make_writer_(std::move(header)));
  }

  const source::Source& source_;
  const ImportOptions& options_;
  const std::function<store::SetWriter(store::Header)>& make_writer_;
  std::optional<store::SetWriter> writer_;
  cv::Size size_;
  std::uint64_t bad_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace

void import(const source::Source& source, const std::vector<std::size_t>& wanted,
            const ImportOptions& options,
            const std::function<store::SetWriter(store::Header header)>& make_writer) {
  if (options.encoded && !source.is_encoded())
    throw DataError("`encoded`", "the sources hold pixels, not image files alone; leave it out");
  if (options.encoded && options.decoding.size > 0)
    throw UsageError("`encoded`", "keeps images as they are; leave out `size`");
  Importer importer(source, options, make_writer);
  decode_each(source, wanted, options.decoding,
              [&](const Decoded& decoded) { importer.take(decoded); });
  importer.finish();
}

}  // namespace cs::sample
