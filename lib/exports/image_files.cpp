#include "exports/image_files.hpp"

#include "codec/decode.hpp"
#include "codec/header.hpp"
#include "exports/listing.hpp"
#include "exports/output_file.hpp"
#include "records/images.hpp"

namespace cs::exports {

ImageFile png_file(const store::Dataset& dataset, std::uint64_t id, std::string_view stored) {
  return {"png", codec::encode_png(records::image_of(dataset, id, stored))};
}

ImageFile source_file(const store::Dataset& dataset, std::uint64_t id, std::string_view stored) {
  const codec::Header header = codec::read_header(records::subject_of(dataset, id), stored);
  return {codec::extension_of(header.format), std::string(stored)};
}

void write_image_folder(const store::Dataset& dataset, const std::filesystem::path& target,
                        const MakeImageFile& make) {
  Pending folder = Pending::folder(target);
  records::for_each_stored(dataset, dataset.header().first, dataset.count(),
                           [&](std::uint64_t id, std::string_view stored) {
                             const ImageFile image = make(id, stored);
                             OutputFile file(folder, std::to_string(id) + "." + image.extension);
                             file.write(image.bytes);
                             file.close();
                           });
  write_index(folder, dataset);
  folder.publish();
}

}  // namespace cs::exports
