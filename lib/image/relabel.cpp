#include "image/relabel.hpp"

#include <opencv2/core/mat.hpp>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "image/classes.hpp"

namespace cs::image {
namespace {

using Map = std::unordered_map<std::string, std::string>;

Map read_map(const RecordTable& table, const std::string& from, const std::string& to) {
  Map map;
  const std::size_t key = table.column(from), value = table.column(to);
  for (const auto& row : table.rows)
    if (!map.emplace(row[key], row[value]).second && map.at(row[key]) != row[value])
      throw DataError(table.file, "gives '" + printable(row[key]) + "' two classes; keep one");
  return map;
}

class Relabeled : public Source {
 public:
  Relabeled(std::unique_ptr<Source> source, std::vector<std::int32_t> labels,
            std::vector<std::string> classes)
      : source_(std::move(source)), labels_(std::move(labels)), classes_(std::move(classes)) {}

  std::size_t size() const override { return source_->size(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool is_encoded() const override { return source_->is_encoded(); }
  Item item(std::size_t index) const override {
    return {source_->item(index).name, labels_.at(index)};
  }
  void read(const std::vector<std::size_t>& wanted, const Take& take) const override {
    source_->read(wanted, take);
  }
  cv::Mat decode(std::size_t index, std::string_view bytes) const override {
    return source_->decode(index, bytes);
  }

 private:
  std::unique_ptr<Source> source_;
  std::vector<std::int32_t> labels_;
  std::vector<std::string> classes_;
};

/// The new class of every class of the source.
std::vector<std::string> rename_classes(const Source& source, const RecordTable& table) {
  Map map = read_map(table, "class", "new");
  std::vector<std::string> renamed;
  for (const std::string& name : source.classes()) {
    const auto found = map.find(printable(name));
    renamed.push_back(found == map.end() ? name : found->second);
    if (found != map.end()) map.erase(found);
  }
  if (!map.empty())
    throw DataError(table.file, "names the class '" + printable(map.begin()->first) +
                                    "', which the sources do not have; correct it");
  return renamed;
}

}  // namespace

std::unique_ptr<Source> relabel(std::unique_ptr<Source> source, const RecordTable& table) {
  const bool by_name = !table.has("new");
  const Map of_record = by_name ? read_map(table, "name", "class") : Map();
  const std::vector<std::string> of_class =
      by_name ? source->classes() : rename_classes(*source, table);
  std::vector<std::string> names = of_class;
  for (const auto& [name, new_class] : of_record) names.push_back(new_class);
  for (auto at = names.begin(); at != names.end();) at = at->empty() ? names.erase(at) : at + 1;
  const ClassIndex index(std::move(names));
  std::vector<std::int32_t> labels(source->size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Item item = source->item(i);
    const auto found = by_name ? of_record.find(printable(item.name)) : of_record.end();
    if (found != of_record.end())
      labels[i] = index.label(found->second);
    else
      labels[i] =
          item.label < 0 ? -1 : index.label(of_class.at(static_cast<std::size_t>(item.label)));
  }
  return std::make_unique<Relabeled>(std::move(source), std::move(labels), index.names());
}

}  // namespace cs::image
