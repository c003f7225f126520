#include "core/error.hpp"
#include "exports/forms.hpp"
#include "exports/image_files.hpp"
#include "records/images.hpp"

namespace cs::exports {
namespace {

/// A folder of the files that images are stored as, ID.EXT by their content.
class Source : public Form {
 public:
  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    if (!records::is_encoded(dataset))
      throw DataError(dataset.name(), "holds pixels, not image files; export them as png");
    write_image_folder(dataset, target, [&](std::uint64_t id, std::string_view stored) {
      return source_file(dataset, id, stored);
    });
  }
};

}  // namespace

std::unique_ptr<const Form> make_source(const FormOptions& /*options*/) {
  return std::make_unique<Source>();
}

}  // namespace cs::exports
