#include "store/set_writer.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace cs::store {
namespace fs = std::filesystem;

SetWriter::SetWriter(fs::path output, Overwrite overwrite, Header header, std::uint64_t total,
                     std::uint32_t parts)
    : output_(std::move(output)),
      overwrite_(overwrite),
      header_(std::move(header)),
      total_(total),
      parts_(parts) {
  if (parts_ > 1) {
    folder_.emplace(Pending::set(output_));
    for (const auto& entry : fs::directory_iterator(output_))
      if (overwrite_ == Overwrite::kRefuse && entry.path().extension() == ".lmdb")
        throw UsageError(output_.string(), "holds shards already; pass `force` to replace them");
  }
  begin_part();
}

fs::path SetWriter::path_of(std::uint32_t part) const {
  if (parts_ == 1) return output_;
  std::string number = std::to_string(part);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, '0');
  return output_ / (number + ".lmdb");
}

void SetWriter::begin_part() {
  Header header = header_;
  header.first = header_.first + records_;
  const auto part = static_cast<std::uint32_t>(writers_.size());
  writers_.push_back(std::make_unique<Writer>(path_of(part), overwrite_, header));
}

Writer& SetWriter::next() {
  const std::uint64_t end = total_ / parts_ * writers_.size() +  // of the current part
                            std::min<std::uint64_t>(total_ % parts_, writers_.size());
  if (records_ == end && writers_.size() < parts_) {
    writers_.back()->rest();
    begin_part();
  }
  ++records_;
  return *writers_.back();
}

void SetWriter::close() {
  while (writers_.size() < parts_) {
    writers_.back()->rest();
    begin_part();
  }
  Digest id = header_.shape_digest();
  for (const auto& writer : writers_) {
    writer->finish();
    id += writer->records_sum();
  }
  for (std::uint32_t part = 0; part < parts_; ++part) {
    writers_[part]->set_part({id, part, parts_});
    writers_[part]->complete();
  }
  for (const auto& writer : writers_) writer->close();
  if (!folder_) return;
  folder_->publish();
  for (std::uint32_t part = parts_; fs::remove(path_of(part)); ++part) {
  }  // parts of a larger set that this one replaced
}

}  // namespace cs::store
