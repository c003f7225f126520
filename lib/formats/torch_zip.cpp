#include "formats/torch_zip.hpp"

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "formats/bytes.hpp"
#include "formats/zip_directory.hpp"

namespace cs::formats {
namespace {

class Buffer : public Bytes {
 public:
  Buffer(std::string_view subject, std::string_view bytes) : name_(subject), bytes_(bytes) {}
  using Bytes::read;
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::uint64_t length, char* to) const override {
    if (offset > bytes_.size() || length > bytes_.size() - offset)
      throw DataError(name_, "ends too early; copy or fetch it again");
    std::memcpy(to, bytes_.data() + offset, length);
  }

 private:
  std::string name_;
  std::string_view bytes_;
};

}  // namespace

TorchZip::TorchZip(std::string_view subject, std::string_view bytes)
    : subject_(subject), bytes_(bytes) {
  for_each_zip_record(Buffer(subject, bytes),
                      [&](std::uint64_t at, std::string_view name, bool regular) {
                        if (regular) records_.emplace(name, at);
                      });
  constexpr std::string_view kProgram = "/data.pkl";
  const auto program = std::find_if(records_.begin(), records_.end(), [&](const auto& record) {
    const std::string name = "/" + record.first;
    return name.size() >= kProgram.size() &&
           name.compare(name.size() - kProgram.size(), kProgram.size(), kProgram) == 0;
  });
  if (program != records_.end())
    folder_ = program->first.substr(0, program->first.size() - kProgram.size() + 1);
}

std::optional<std::string_view> TorchZip::member(const std::string& name) const {
  const auto record = records_.find(folder_ + name);
  if (record == records_.end()) return std::nullopt;
  const Buffer zip(subject_, bytes_);
  const ZipMember member = zip_member(zip, record->second);
  if (member.method != 0 || member.encrypted || member.packed != member.size)
    throw DataError(
        subject_, "has members that are packed; save it again with torch.save(), which packs none");
  if (member.data > bytes_.size() || member.size > bytes_.size() - member.data)
    refuse_damaged_zip(zip, "a member leads nowhere");
  return bytes_.substr(member.data, member.size);
}

}  // namespace cs::formats
