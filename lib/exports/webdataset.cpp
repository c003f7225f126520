#include <algorithm>

#include "core/json.hpp"
#include "exports/forms.hpp"
#include "exports/image_files.hpp"
#include "exports/tar_writer.hpp"
#include "records/images.hpp"
#include "records/rows.hpp"

namespace cs::exports {
namespace {

/// Ids of equal width, so that names sort in their order.
std::string key_of(const store::Header& header, std::uint64_t id) {
  const std::uint64_t last = header.first + header.count - 1;
  const std::size_t width = std::max<std::size_t>(8, std::to_string(last).size());
  const std::string digits = std::to_string(id);
  return std::string(width - digits.size(), '0') + digits;
}

void add(TarWriter& tar, const std::string& key, const ImageFile& image, const records::Row& row) {
  tar.add(key + "." + image.extension, image.bytes);
  Json about = {{"id", row.id}};
  if (row.label >= 0) {
    tar.add(key + ".cls", std::to_string(row.label));
    about["label"] = row.label;
    about["class"] = row.class_name;
  }
  if (!row.name.empty()) about["name"] = row.name;
  tar.add(key + ".json", to_line(about));
}

/// A tar of ID.EXT (the file that the image is stored as, else a PNG), ID.cls (the label) and
/// ID.json (id, label, class and name).
class WebDataset : public Form {
 public:
  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    const auto file_of = records::is_encoded(dataset) ? source_file : png_file;
    TarWriter tar(target);
    records::Rows rows(dataset);
    records::for_each_stored(dataset, dataset.header().first, dataset.count(),
                             [&](std::uint64_t id, std::string_view stored) {
                               add(tar, key_of(dataset.header(), id), file_of(dataset, id, stored),
                                   rows.next());
                             });
    tar.close();
  }
};

}  // namespace

std::unique_ptr<const Form> make_webdataset(const FormOptions& /*options*/) {
  return std::make_unique<WebDataset>();
}

}  // namespace cs::exports
