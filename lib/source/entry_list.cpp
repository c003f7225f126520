#include "source/entry_list.hpp"

#include <limits>

#include "core/error.hpp"

namespace cs::source {

void EntryList::add(const Entry& entry) {
  if (entry.name.size() > std::numeric_limits<std::uint32_t>::max() ||
      entry.text.size() > kMostText)
    throw Error(entry.name, "too long to be listed");
  rows_.push_back({texts_.size(), entry.place, static_cast<std::uint32_t>(entry.name.size()),
                   static_cast<std::uint16_t>(entry.text.size()), entry.kind, entry.regular});
  texts_ += entry.name;
  texts_ += entry.text;
}

Entry EntryList::operator[](std::size_t index) const {
  const Row& row = rows_.at(index);
  const std::string_view texts(texts_);
  return {texts.substr(row.begin, row.name_bytes), row.place, row.regular,
          texts.substr(row.begin + row.name_bytes, row.text_bytes), row.kind};
}

}  // namespace cs::source
