#include "source/arrays.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <opencv2/core/mat.hpp>
#include <utility>
#include <vector>

#include "codec/header.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "formats/pixel_array.hpp"
#include "source/classes.hpp"

namespace cs::source {
namespace {

using formats::PixelArray;

const std::vector<std::string> kCifar10Classes = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
const std::vector<std::string> kStl10Classes = {"airplane", "bird",  "car",    "cat",  "deer",
                                                "dog",      "horse", "monkey", "ship", "truck"};

/// The last part of a path in lower case, without the extension of a compressed file.
std::string base_name(std::string_view path) {
  std::string base(path.substr(path.rfind('/') + 1));
  for (char& c : base)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const std::string_view end : {".gz", ".xz", ".zst"})
    if (base.size() > end.size() && base.compare(base.size() - end.size(), end.size(), end) == 0)
      return base.substr(0, base.size() - end.size());
  return base;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Pairs of what stands in the name of an image file and of the file of its labels.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kLabelNames = {
    {{"images", "labels"},
     {"image", "label"},
     {"imgs", "labels"},
     {"x", "y"},
     {"data", "labels"},
     {"data", "label"},
     {"arr_0", "arr_1"}}};

/// Where `word` stands alone in `text`, not as a part of a longer word.
std::size_t find_word(const std::string& text, std::string_view word) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) return at;
  return std::string::npos;
}

/// Names that the labels of the image file `base` may have.
std::vector<std::string> label_names(ArrayKind kind, const std::string& base) {
  std::vector<std::string> names;
  for (const auto& [image, label] : kLabelNames) {
    const std::size_t at = find_word(base, image);
    if (at == std::string::npos) continue;
    std::string name = base;
    name.replace(at, image.size(), label);
    const std::size_t digit = name.find("idx3");
    if (kind == ArrayKind::kIdx && digit != std::string::npos) name[digit + 3] = '1';
    names.push_back(std::move(name));
  }
  return names;
}

bool is_image_file(ArrayKind kind, const std::string& base) {
  switch (kind) {
    case ArrayKind::kCifar10:
      return base == "test_batch.bin" ||
             (base.rfind("data_batch_", 0) == 0 && ends_with(base, ".bin"));
    case ArrayKind::kCifar100:
      return base == "train.bin" || base == "test.bin";
    case ArrayKind::kIdx:
      return contains(base, "idx3") || contains(base, "idx4");
    case ArrayKind::kStl10:
      return ends_with(base, "_x.bin") || base == "x.bin";
    case ArrayKind::kNpy:
      return ends_with(base, ".npy");
  }
  return false;
}

std::string split_of(const std::string& base) {
  constexpr std::array<std::pair<std::string_view, const char*>, 7> kSplits = {
      {{"test", "test"},
       {"t10k", "test"},
       {"unlabeled", "unlabeled"},
       {"extra", "extra"},
       {"val", "val"},
       {"train", "train"},
       {"data_batch", "train"}}};
  for (const auto& [word, split] : kSplits)
    if (contains(base, word)) return split;
  return "";
}

/// One image file, opened.
struct Part {
  std::string split;
  std::unique_ptr<FileBytes> file;
  PixelArray array;
};

/// Images one after the other from several files.
class ArraySource : public Source {
 public:
  ArraySource(std::vector<Part> parts, std::vector<std::string> classes)
      : parts_(std::move(parts)), classes_(std::move(classes)) {
    std::map<std::string, std::uint64_t> numbers;  // images of a split so far
    for (const Part& part : parts_) {
      begins_.push_back(size_);
      first_numbers_.push_back(numbers[part.split]);
      numbers[part.split] += part.array.count;
      size_ += part.array.count;
    }
  }

  std::size_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }

  Item item(std::size_t index) const override {
    const std::size_t p = part_of(index);
    const Part& part = parts_[p];
    const std::size_t local = index - begins_[p];
    std::array<char, 24> digits{};
    const std::uint64_t number = first_numbers_[p] + local;
    std::snprintf(digits.data(), digits.size(), "%08" PRIu64, number);
    Item item{(part.split.empty() ? "" : part.split + "/") + digits.data()};
    if (!classes_.empty() && !part.array.labels.empty()) item.label = part.array.labels[local];
    return item;
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    std::string pixels;
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      const std::size_t p = part_of(wanted[position]);
      const PixelArray& array = parts_[p].array;
      pixels.resize(array.image_bytes());
      parts_[p].file->read(array.first + (wanted[position] - begins_[p]) * array.stride,
                           pixels.size(), pixels.data());
      take(position, pixels);
    }
  }

  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    const PixelArray& array = parts_[part_of(index)].array;
    cv::Mat image(static_cast<int>(array.height), static_cast<int>(array.width), CV_8UC3);
    formats::to_rgb(array, bytes, image.data);
    return image;
  }

 private:
  std::size_t part_of(std::size_t index) const {
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), index);
    return static_cast<std::size_t>(after - begins_.begin()) - 1;
  }

  std::vector<Part> parts_;
  std::vector<std::string> classes_;
  std::vector<std::size_t> begins_;
  std::vector<std::uint64_t> first_numbers_;
  std::size_t size_ = 0;
};

/// Opens the image files of one kind, their labels and the names of their classes.
class Opener {
 public:
  Opener(const Files& files, ArrayKind kind) : files_(files), kind_(kind) {
    for (std::size_t i = 0; i < files.entries().size(); ++i) {
      const Entry entry = files.entries()[i];
      if (!entry.regular) continue;
      const auto [at, is_new] = by_name_.emplace(folder_of(entry.name) + base_name(entry.name), i);
      // A plain file wins over a packed copy of it, whatever the order of the list.
      if (!is_new && entry.name < files.entries()[at->second].name) at->second = i;
    }
  }

  Part open(std::size_t entry, const std::string& split) const {
    Part part{split, files_.open(entry), {}};
    part.array = images(*part.file);
    if (part.array.image_bytes() > 3 * codec::kMostPixels)
      throw DataError(part.file->name(), "has images of over 64 Mi pixels; shrink them");
    auto beside = part.array.labels.empty() ? labels(entry) : std::nullopt;
    if (!beside) return part;
    if (beside->size() != part.array.count)
      throw DataError(part.file->name(), "holds " + std::to_string(part.array.count) +
                                             " images, the labels beside it are " +
                                             std::to_string(beside->size()) + "; fetch both again");
    part.array.labels = *std::move(beside);
    return part;
  }

  /// Image files by their names in order; without packed copies of plain ones.
  std::vector<std::size_t> image_entries() const {
    std::vector<std::size_t> found;
    for (const auto& [name, entry] : by_name_)
      if (is_image_file(kind_, base_name(name)) && !is_label_array(entry)) found.push_back(entry);
    return found;
  }

  std::vector<std::string> class_names(const std::vector<Part>& parts) const {
    std::int32_t highest = -1;
    for (const Part& part : parts)
      for (const std::int32_t label : part.array.labels) highest = std::max(highest, label);
    if (highest < 0) return {};
    std::vector<std::string> names = known_names();
    if (static_cast<std::size_t>(highest) < names.size()) return names;
    names.clear();
    for (std::int32_t i = 0; i <= highest; ++i) names.push_back(std::to_string(i));
    return names;
  }

 private:
  static std::string folder_of(std::string_view name) {
    return std::string(name.substr(0, name.rfind('/') + 1));
  }

  /// Of several .npy arrays, those without rows and columns are labels and the like.
  bool is_label_array(std::size_t entry) const {
    return kind_ == ArrayKind::kNpy && by_name_.size() > 1 &&
           formats::npy_dimensions(*files_.open(entry)) < 3;
  }

  PixelArray images(const formats::Bytes& file) const {
    switch (kind_) {
      case ArrayKind::kCifar10:
        return formats::parse_cifar(file, 10);
      case ArrayKind::kCifar100:
        return formats::parse_cifar(file, 100);
      case ArrayKind::kIdx:
        return formats::parse_idx_images(file);
      case ArrayKind::kStl10:
        return formats::parse_stl10_images(file);
      case ArrayKind::kNpy:
        return formats::parse_npy_images(file);
    }
    throw Error("arrays", "unknown kind");
  }

  /// From the file beside image file `entry`; nothing if there is none.
  std::optional<std::vector<std::int32_t>> labels(std::size_t entry) const {
    const std::string_view name = files_.entries()[entry].name;
    for (const std::string& candidate : label_names(kind_, base_name(name))) {
      const auto found = by_name_.find(folder_of(name) + candidate);
      if (found == by_name_.end() || found->second == entry) continue;
      const auto file = files_.open(found->second);
      return kind_ == ArrayKind::kIdx     ? formats::parse_idx_labels(*file)
             : kind_ == ArrayKind::kStl10 ? formats::parse_stl10_labels(*file)
                                          : formats::parse_npy_labels(*file);
    }
    return std::nullopt;
  }

  /// From the text file that comes with the data set, else as everybody knows them.
  std::vector<std::string> known_names() const {
    const char* text_name = kind_ == ArrayKind::kCifar10    ? "batches.meta.txt"
                            : kind_ == ArrayKind::kCifar100 ? "fine_label_names.txt"
                            : kind_ == ArrayKind::kStl10    ? "class_names.txt"
                                                            : nullptr;
    for (const auto& [name, entry] : by_name_)
      if (text_name != nullptr && base_name(name) == text_name) return lines_of(entry);
    if (kind_ == ArrayKind::kCifar10) return kCifar10Classes;
    if (kind_ == ArrayKind::kStl10) return kStl10Classes;
    return {};
  }

  std::vector<std::string> lines_of(std::size_t entry) const {
    constexpr std::uint64_t kMostText = 1U << 20U;
    const auto file = files_.open(entry);
    std::vector<std::string> lines;
    for (std::string line : split(file->read(0, std::min(file->size(), kMostText)), '\n')) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
  }

  const Files& files_;
  ArrayKind kind_;
  std::map<std::string, std::size_t> by_name_;  ///< folder and base_name()
};

constexpr std::array<ArrayKind, 5> kKinds = {ArrayKind::kCifar10, ArrayKind::kCifar100,
                                             ArrayKind::kIdx, ArrayKind::kStl10, ArrayKind::kNpy};

}  // namespace

std::optional<ArrayKind> find_arrays(const Files& files) {
  for (const ArrayKind kind : kKinds)
    for (std::size_t i = 0; i < files.entries().size(); ++i)
      if (files.entries()[i].regular && is_image_file(kind, base_name(files.entries()[i].name)))
        return kind;
  return std::nullopt;
}

std::optional<ArrayKind> recognize_array(const Files& files) {
  const auto file = files.open(0);
  if (formats::is_npy(*file)) return ArrayKind::kNpy;
  if (is_image_file(ArrayKind::kStl10, base_name(files.entries()[0].name)))
    return ArrayKind::kStl10;
  if (const auto classes = formats::recognize_cifar(*file))
    return *classes == 10 ? ArrayKind::kCifar10 : ArrayKind::kCifar100;
  if (formats::is_idx(*file)) return ArrayKind::kIdx;
  return std::nullopt;
}

std::unique_ptr<Source> open_arrays(const Files& files, ArrayKind kind, const std::string& prefix) {
  const Opener opener(files, kind);
  std::map<std::string, std::vector<std::size_t>> splits;
  for (const std::size_t entry : opener.image_entries())
    splits[split_of(base_name(files.entries()[entry].name))].push_back(entry);
  std::vector<Part> all;
  std::string names;
  for (const auto& [split, entries] : splits) {
    if (entries.size() > 1 && kind != ArrayKind::kCifar10)
      throw DataError(files.name(), "holds several image files that could be one set: '" +
                                        printable(files.entries()[entries[0]].name) + "' and '" +
                                        printable(files.entries()[entries[1]].name) +
                                        "'; name one of them");
    for (const std::size_t entry : entries) all.push_back(opener.open(entry, split));
    names += " '" + split + "'";
  }
  if (all.empty()) throw DataError(files.name(), "holds no image file of this kind; name another");
  auto classes = opener.class_names(all);
  if (!prefix.empty()) {
    std::vector<Part> parts;
    for (Part& part : all)
      if (part.split == prefix) parts.push_back(std::move(part));
    if (parts.empty())
      throw DataError(files.name(), "holds no '" + printable(prefix) + "', only" + names +
                                        "; choose another prefix");
    for (Part& part : parts) part.split.clear();
    all = std::move(parts);
  }
  return std::make_unique<ArraySource>(std::move(all), std::move(classes));
}

std::unique_ptr<Source> open_array(const Files& files, ArrayKind kind) {
  const Opener opener(files, kind);
  std::vector<Part> parts;
  parts.push_back(opener.open(0, ""));
  auto classes = opener.class_names(parts);
  return std::make_unique<ArraySource>(std::move(parts), std::move(classes));
}

}  // namespace cs::source
