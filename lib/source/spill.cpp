#include "source/spill.hpp"

#include <utility>

namespace cs::source {

void Spill::put(std::size_t number, std::string_view bytes) {
  if (!file_) file_ = FileBytes::temporary(folder_, folder_.string());
  if (where_.size() <= number) where_.resize(number + 1);
  where_[number] = {file_->size(), bytes.size()};
  file_->append(bytes);
}

bool Spill::holds(std::size_t number) const {
  return number < where_.size() && where_[number].offset != kNowhere;
}

std::string Spill::take(std::size_t number) {
  const Range range = std::exchange(where_.at(number), Range());
  return file_->read(range.offset, range.size);
}

}  // namespace cs::source
