#include "exports/forms.hpp"
#include "exports/image_files.hpp"

namespace cs::exports {
namespace {

/// A folder of ID.png.
class Png : public Form {
 public:
  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    write_image_folder(dataset, target, [&](std::uint64_t id, std::string_view stored) {
      return png_file(dataset, id, stored);
    });
  }
};

}  // namespace

std::unique_ptr<const Form> make_png(const FormOptions& /*options*/) {
  return std::make_unique<Png>();
}

}  // namespace cs::exports
