#include "source/files.hpp"

#include "source/libarchive.hpp"
#include "source/paths.hpp"

namespace cs::source {

void Listing::hide(std::string_view name) {
  std::size_t end = 0;
  do {
    end = name.find('/', end == 0 ? 0 : end + 1);
  } while (end != std::string_view::npos && !is_hidden(name.substr(0, end)));
  const std::string_view part = name.substr(0, end);
  if (hidden.size() == 0 || hidden[hidden.size() - 1].name != part) hidden.add({part});
}

std::unique_ptr<Files> open_archive(const std::string& path,
                                    const std::filesystem::path& spill_dir) {
  return is_zip(path) ? open_zip(path, spill_dir) : open_tar(path, spill_dir);
}

bool is_archive(const std::string& path) { return is_zip(path) || is_tar(path); }

bool needs_a_look(std::string_view name) { return !is_image_name(name) && !is_class_name(name); }

}  // namespace cs::source
