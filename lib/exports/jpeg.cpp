#include "codec/decode.hpp"
#include "exports/forms.hpp"
#include "exports/image_files.hpp"
#include "records/images.hpp"

namespace cs::exports {
namespace {

/// A folder of ID.jpg.
class Jpeg : public Form {
 public:
  explicit Jpeg(int quality) : quality_(quality) {}

  void write(const store::Dataset& dataset, const std::filesystem::path& target) const override {
    write_image_folder(dataset, target, [&](std::uint64_t id, std::string_view stored) {
      const cv::Mat pixels = records::image_of(dataset, id, stored);
      return ImageFile{"jpg",
                       codec::encode_jpeg(records::subject_of(dataset, id), pixels, quality_)};
    });
  }

  bool has_quality() const override { return true; }

 private:
  int quality_;
};

}  // namespace

std::unique_ptr<const Form> make_jpeg(const FormOptions& options) {
  return std::make_unique<Jpeg>(options.quality.value_or(95));
}

}  // namespace cs::exports
