#include "image/spill.hpp"

namespace cs::image {

void Spill::put(std::size_t number, std::string_view bytes) {
  if (!file_) file_ = FileBytes::temporary(folder_, folder_.string());
  where_[number] = {file_->size(), bytes.size()};
  file_->append(bytes);
}

std::string Spill::take(std::size_t number) {
  const auto found = where_.find(number);
  const Range range = found->second;
  where_.erase(found);
  return file_->read(range.offset, range.size);
}

}  // namespace cs::image
