#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "exports/forms.hpp"
#include "exports/listing.hpp"
#include "exports/output_file.hpp"
#include "formats/npy.hpp"
#include "records/images.hpp"

namespace cs::exports {
namespace {

/// Writes block after block of a column of numbers.
void write_column(OutputFile& file, const store::Dataset& dataset, const store::ColumnSpec& spec) {
  constexpr std::uint64_t kBlockBytes = std::uint64_t{1} << 20U;
  const store::Header& h = dataset.header();
  const std::uint64_t most = std::max<std::uint64_t>(1, kBlockBytes / spec.record_bytes());
  std::string block;
  for (std::uint64_t at = 0; at < h.count; at += most) {
    check_stop();
    const std::uint64_t rows = std::min(most, h.count - at);
    block.resize(rows * spec.record_bytes());
    dataset.read(spec.column, h.first + at, rows, block.data());
    file.write(block);
  }
}

const char* dtype_of(store::Type type) {
  switch (type) {
    case store::Type::kU8:
      return "u1";
    case store::Type::kF32:
      return "f4";
    case store::Type::kF16:
      return "f2";
    case store::Type::kI32:
      return "i4";
  }
  throw Error("unknown type of a column");
}

/// A folder of COLUMN.npy, one a column of numbers.
class Npy : public Form {
 public:
  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    if (dataset.header().find(store::Column::kImage) != nullptr && records::is_encoded(dataset))
      throw DataError(dataset.name(),
                      "holds image files of any size, which make no array; let cs-sample make them "
                      "one size, or export them as png");
    Pending folder = Pending::folder(target);
    for (const store::ColumnSpec& spec : dataset.header().columns) {
      if (spec.encoding == store::Encoding::kSource) continue;  // names: they are in index.tsv
      std::vector<std::int64_t> shape{static_cast<std::int64_t>(dataset.count())};
      shape.insert(shape.end(), spec.shape.begin(), spec.shape.end());
      OutputFile file(folder, std::string(store::name_of(spec.column)) + ".npy");
      file.write(formats::npy_header(dtype_of(spec.type), shape));
      write_column(file, dataset, spec);
      file.close();
    }
    write_index(folder, dataset);
    folder.publish();
  }
};

}  // namespace

std::unique_ptr<const Form> make_npy(const FormOptions& /*options*/) {
  return std::make_unique<Npy>();
}

}  // namespace cs::exports
