#include "formats/torch_zip.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "formats/bytes.hpp"
#include "formats/zip_directory.hpp"

namespace cs::formats {
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
