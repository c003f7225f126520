#include "source/source.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/decode.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/stop.hpp"
#include "source/arrays.hpp"
#include "source/files.hpp"
#include "source/listing.hpp"
#include "source/shards.hpp"
#include "source/synth.hpp"
#include "source/with_labels.hpp"
#include "store/dataset.hpp"

namespace cs::source {
namespace {

class SynthSource : public Source {
 public:
  SynthSource(std::uint64_t seed, std::size_t count, int image_size)
      : seed_(seed), count_(count), image_size_(image_size) {}

  std::size_t size() const override { return count_; }
  const std::vector<std::string>& classes() const override { return synth_classes(); }

  Item item(std::size_t index) const override {
    const std::string digits = std::to_string(index);  // zeros keep names in the order of numbers
    return {std::string(8 - digits.size(), '0') + digits,
            static_cast<std::int32_t>(index % synth_classes().size())};
  }

  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    for (std::size_t position = 0; position < wanted.size(); ++position) {
      check_stop();
      take(position, {});
    }
  }

  cv::Mat decode(std::size_t index, std::string_view /*bytes*/) const override {
    return draw_synth(seed_, index, image_size_);
  }

 private:
  std::uint64_t seed_;
  std::size_t count_;
  int image_size_;
};

constexpr std::string_view kSynthScheme = "synth:";

/// Reads `shapes?count=N&size=S`.
std::unique_ptr<Source> open_synth(const std::string& operand, std::uint64_t seed) {
  const std::string address = operand.substr(kSynthScheme.size());
  const std::size_t mark = address.find('?');
  if (address.substr(0, mark) != "shapes")
    throw UsageError(operand, "no such synthetic set; give synth:shapes?count=N&size=S");
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> size;
  if (mark != std::string::npos)
    for (const std::string& pair : split(address.substr(mark + 1), '&')) {
      const std::size_t equals = pair.find('=');
      const std::string key = pair.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
      if (key == "count" && !count)
        count = parse_unsigned("synth:shapes count", value, 1, 100'000'000);
      else if (key == "size" && !size)
        size = parse_unsigned("synth:shapes size", value, kSynthSmallest, kSynthLargest);
      else
        throw UsageError(
            operand,
            "'" + printable(pair) + "' is unknown or repeated; give count=N and size=S once each");
    }
  return std::make_unique<SynthSource>(seed, count.value_or(10'000),
                                       static_cast<int>(size.value_or(32)));
}

enum class Kind { kDetect, kImages, kWebDataset, kShard, kArrays };

struct KindName {
  std::string_view name;
  Kind kind;
  ArrayKind array = ArrayKind::kNpy;
};

constexpr std::array<KindName, 8> kKindNames = {{{"images", Kind::kImages},
                                                 {"webdataset", Kind::kWebDataset},
                                                 {"shard", Kind::kShard},
                                                 {"cifar10", Kind::kArrays, ArrayKind::kCifar10},
                                                 {"cifar100", Kind::kArrays, ArrayKind::kCifar100},
                                                 {"idx", Kind::kArrays, ArrayKind::kIdx},
                                                 {"stl10", Kind::kArrays, ArrayKind::kStl10},
                                                 {"npy", Kind::kArrays, ArrayKind::kNpy}}};

/// What a person said of an operand: KIND:PATH, or nothing.
struct Address {
  KindName kind{"", Kind::kDetect};
  std::string path;
};

Address parse_address(const std::string& operand) {
  for (const KindName& kind : kKindNames)
    if (operand.size() > kind.name.size() && operand[kind.name.size()] == ':' &&
        operand.compare(0, kind.name.size(), kind.name) == 0)
      return {kind, operand.substr(kind.name.size() + 1)};
  return {{"", Kind::kDetect}, operand};
}

/// A folder or an archive.
std::unique_ptr<Source> open_container(std::unique_ptr<Files> files, const KindName& kind,
                                       const std::string& prefix, bool labels) {
  if (kind.kind == Kind::kArrays) return open_arrays(*files, kind.array, prefix);
  if (kind.kind == Kind::kDetect && !has_images(*files, ""))
    if (const auto found = find_arrays(*files)) return open_arrays(*files, *found, prefix);
  const bool in_files = kind.kind == Kind::kWebDataset ||
                        (kind.kind == Kind::kDetect && has_class_files(*files, prefix));
  const ClassesFrom classes = !labels    ? ClassesFrom::kNothing
                              : in_files ? ClassesFrom::kFile
                                         : ClassesFrom::kFolder;
  return open_images(std::move(files), prefix, classes);
}

std::unique_ptr<Source> open_one_array(const Files& files, ArrayKind kind,
                                       const std::string& prefix) {
  if (!prefix.empty())
    throw UsageError("`prefix`", "one file of images has no folders; leave it out");
  return open_array(files, kind);
}

std::unique_ptr<Source> open_regular_file(const Address& address, const std::string& prefix,
                                          const SourceOptions& options) {
  const std::string& path = address.path;
  const bool forced_array = address.kind.kind == Kind::kArrays;
  const bool archive = is_archive(path);  // told first: to look for arrays unpacks the whole file
  if (!archive && !is_image_name(path) && (forced_array || address.kind.kind == Kind::kDetect)) {
    const auto files = open_file(path, options.spill_dir);
    if (forced_array) return open_one_array(*files, address.kind.array, prefix);
    if (const auto found = recognize_array(*files)) return open_one_array(*files, *found, prefix);
  }
  if (!archive)
    throw DataError(path,
                    is_image_name(path)
                        ? "is one image; give its folder"
                        : "is no source of a known kind, or is damaged; give a folder, an archive "
                          "(tar or zip), a shard, or CIFAR, IDX, STL-10 or .npy arrays");
  return open_container(open_archive(path, options.spill_dir), address.kind, prefix,
                        options.labels);
}

std::unique_ptr<Source> open_path(const Address& address, const SourceOptions& options) {
  const std::string& path = address.path;
  if (path.empty()) throw UsageError(address.kind.name, "names nothing; give KIND:PATH");
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) throw Error(path, "cannot open: " + error.message() + "; give a folder or a file");
  const bool is_folder = std::filesystem::is_directory(status);
  if (!is_folder && !std::filesystem::is_regular_file(status))
    throw DataError(path, "is neither a folder nor a file; give one of them");
  const bool looks_like_shard = std::filesystem::path(path).extension() == ".lmdb" ||
                                (is_folder && store::is_folder_of_shards(path));
  if (address.kind.kind == Kind::kShard ||
      (address.kind.kind == Kind::kDetect && looks_like_shard)) {
    if (!options.prefix.empty())
      throw UsageError("`prefix`", "shards have no folders; leave it out");
    return open_dataset(store::Dataset({path}, options.verify));
  }
  const std::string prefix = normalize_prefix(options.prefix);
  if (!is_folder) return open_regular_file(address, prefix, options);
  return open_container(open_folder(path, prefix, options.spill_dir), address.kind, prefix,
                        options.labels);
}

}  // namespace

cv::Mat Source::decode(std::size_t index, std::string_view bytes) const {
  return codec::decode(item(index).name, bytes);
}

std::string path_of_source(const std::string& operand) {
  const bool synth = operand.compare(0, kSynthScheme.size(), kSynthScheme) == 0;
  return synth ? "" : parse_address(operand).path;
}

std::string history_name(const std::string& operand) {
  const std::string path = path_of_source(operand);
  const std::string kind = operand.substr(0, operand.size() - path.size());
  std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();  // of a folder with a slash at its end
  return printable(kind + normal.filename().string());
}

std::unique_ptr<Source> open_source(const std::string& operand, const SourceOptions& options) {
  std::unique_ptr<Source> source;
  if (operand.compare(0, kSynthScheme.size(), kSynthScheme) == 0) {
    if (!options.prefix.empty())
      throw UsageError("`prefix`", "synthetic sets have no folders; leave it out");
    source = open_synth(operand, options.seed);
  } else {
    source = open_path(parse_address(operand), options);
  }
  if (options.labels || source->classes().empty()) return source;
  std::vector<std::int32_t> none(source->size(), -1);
  return with_labels(std::move(source), std::move(none), {});
}

}  // namespace cs::source
