#include "source/array_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cs::source {
namespace {

/// What stands in the name of an image file, and in that of its labels.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPartners = {
    {{"images", "labels"},
     {"image", "label"},
     {"imgs", "labels"},
     {"x", "y"},
     {"data", "labels"},
     {"data", "label"},
     {"arr_0", "arr_1"}}};

constexpr std::string_view kSecondArray = "arr_1";

constexpr std::array<std::string_view, 4> kLabelWords = {"labels", "label", "targets", "target"};

constexpr std::array<std::pair<std::string_view, const char*>, 7> kSplits = {
    {{"test", "test"},
     {"t10k", "test"},
     {"unlabeled", "unlabeled"},
     {"extra", "extra"},
     {"val", "val"},
     {"train", "train"},
     {"data_batch", "train"}}};

/// Where `word` stands alone in `text`, not as a part of a longer word.
std::size_t find_word(const std::string& text, std::string_view word) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) return at;
  return std::string::npos;
}

}  // namespace

std::string folder_of(std::string_view path) {
  return std::string(path.substr(0, path.rfind('/') + 1));
}

std::string base_name(std::string_view path) {
  std::string base(path.substr(path.rfind('/') + 1));
  for (char& c : base)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const std::string_view end : {".gz", ".xz", ".zst"})
    if (base.size() > end.size() && ends_with(base, end))
      return base.substr(0, base.size() - end.size());
  return base;
}

std::string split_of(const std::string& base) {
  for (const auto& [word, split] : kSplits)
    if (contains(base, word)) return split;
  return "";
}

std::vector<PartnerName> partner_names(const std::string& base) {
  std::vector<PartnerName> names;
  for (const auto& [image, label] : kPartners) {
    const std::size_t at = find_word(base, image);
    if (at == std::string::npos) continue;
    std::string partner = base;
    partner.replace(at, image.size(), label);
    names.push_back({std::move(partner), label != kSecondArray});
  }
  return names;
}

bool is_called_labels(const std::string& base) {
  const std::string stem = base.substr(0, base.find('.'));
  return std::find(kLabelWords.begin(), kLabelWords.end(), stem) != kLabelWords.end();
}

bool mentions_labels(const std::string& base) {
  return std::any_of(kLabelWords.begin(), kLabelWords.end(), [&](std::string_view word) {
    return find_word(base, word) != std::string::npos;
  });
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace cs::source
