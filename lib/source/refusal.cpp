#include "source/refusal.hpp"

#include <array>
#include <map>
#include <string_view>

#include "core/error.hpp"
#include "source/paths.hpp"
#include "source/unpack.hpp"

namespace cs::source {
namespace {

using formats::FileKind;
using formats::FileUse;

constexpr std::string_view kSaveAsNpy = "save its images as a .npy array (u1, N x H x W x 3)";
constexpr std::string_view kFetch = "fetch the file itself";

/// What to do with a file of a kind that is no source.
struct WayOut {
  FileKind kind;
  std::string_view advice;
};

constexpr std::array kWaysOut = {
    WayOut{FileKind::kCifarPickle, "get the binary version, such as cifar-10-binary.tar.gz"},
    WayOut{FileKind::kPickle, kSaveAsNpy},
    WayOut{FileKind::kMatlab, kSaveAsNpy},
    WayOut{FileKind::kHdf5, kSaveAsNpy},
    WayOut{FileKind::kParquet, "write its images as files, or as a .npy array"},
    WayOut{FileKind::kArrow, "write its images as files, or as a .npy array"},
    WayOut{FileKind::kBzip2, "pack it as a tar or zip instead"},
    WayOut{FileKind::kSevenZip, "pack it as a tar or zip instead"},
    WayOut{FileKind::kRar, "pack it as a tar or zip instead"},
    WayOut{FileKind::kHtml, kFetch},
    WayOut{FileKind::kLfsPointer, "fetch the file itself by `git lfs pull`"},
    WayOut{FileKind::kEmpty, kFetch},
};

constexpr std::string_view kSources =
    "give a folder, an archive (tar or zip), a shard, or CIFAR, IDX, STL-10 or .npy arrays";

std::string_view way_out(FileKind kind) {
  for (const WayOut& row : kWaysOut)
    if (row.kind == kind) return row.advice;
  if (formats::use_of(kind) == FileUse::kModel) return "that is a model; give images";
  return kSources;
}

/// How much a kind says of what went wrong: rather "a pickle" than the text beside it.
int weight(FileKind kind) {
  switch (formats::use_of(kind)) {
    case FileUse::kModel:
    case FileUse::kData:
    case FileUse::kArchive:
      return 2;
    default:
      return kind == FileKind::kUnknown ? 0 : 1;
  }
}

/// Files of one kind.
struct Group {
  std::size_t count = 0;
  std::string first;  ///< by name
};

/// The kinds of the files under the prefix, by their first bytes.
std::map<FileKind, Group> groups_of(const Files& files, const std::string& prefix) {
  std::map<FileKind, Group> groups;
  for (std::size_t i = 0; i < files.entries().size(); ++i) {
    const Entry entry = files.entries()[i];
    if (!entry.regular || !under_prefix(entry.name, prefix) || is_class_name(entry.name)) continue;
    Group& group = groups[entry.kind];
    if (group.count == 0 || entry.name < group.first) group.first = entry.name;
    ++group.count;
  }
  return groups;
}

std::string_view way_out_of_container(FileKind kind, bool is_folder) {
  if (formats::use_of(kind) != FileUse::kArchive || way_out(kind) != kSources) {
    const std::string_view advice = way_out(kind);
    return advice == kSources ? "name another source or prefix" : advice;
  }
  return is_folder ? "name that file as a source, or several such files"
                   : "unpack the archive, and name what lies in it";
}

}  // namespace

void refuse_file(Operand& operand) {
  FileKind kind = operand.file_kind();
  if (formats::use_of(kind) == FileUse::kImage)
    throw DataError(operand.text(), "is one image; give its folder");
  std::string packed;
  if (formats::use_of(kind) == FileUse::kArchive && !operand.is_container()) {
    const std::string head = operand.content().head(formats::kHeadBytes);
    const FileKind inside = formats::kind_of(head, {});
    packed = inside == kind ? "" : ", packed";
    kind = inside;
  }
  if (kind == FileKind::kUnknown)
    throw DataError(operand.text(),
                    "is no source of a known kind, or is damaged; " + std::string(kSources));
  throw DataError(operand.text(), "is " + std::string(formats::words_for(kind)) + packed + "; " +
                                      std::string(way_out(kind)));
}

void refuse_container(Operand& operand, const Files& files) {
  const FileKind self = operand.file_kind();
  if (formats::use_of(self) == FileUse::kModel)  // of PyTorch, which packs them as zip archives
    throw DataError(operand.text(), "is " + std::string(formats::words_for(self)) + "; " +
                                        std::string(way_out(self)));
  const std::string& prefix = operand.options().prefix;
  const std::string none =
      "holds no image" + (prefix.empty() ? "" : " under '" + printable(prefix) + "'");
  const auto groups = groups_of(files, prefix);
  FileKind kind = FileKind::kUnknown;
  for (const auto& [each, group] : groups)
    if (weight(each) > weight(kind) || (weight(each) == weight(kind) && groups.count(kind) > 0 &&
                                        group.count > groups.at(kind).count))
      kind = each;
  if (weight(kind) == 0) throw DataError(operand.text(), none + "; name another source or prefix");
  const Group& group = groups.at(kind);
  const std::string more =
      group.count > 1 ? " (and " + std::to_string(group.count - 1) + " more)" : "";
  throw DataError(operand.text(), none + ": '" + printable(group.first) + "'" + more + " is " +
                                      std::string(formats::words_for(kind)) + "; " +
                                      std::string(way_out_of_container(kind, operand.is_folder())));
}

}  // namespace cs::source
