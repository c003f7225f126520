#include "victim/open.hpp"

#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/file_kind.hpp"
#include "formats/safetensors.hpp"

namespace cs::victim {

// Each is defined in the file of its name.
std::unique_ptr<answers::Victim> pixels_victim(const VictimOptions& options);
void check_recorded(const VictimOptions& options);
std::unique_ptr<answers::Victim> recorded_victim(const std::filesystem::path& file,
                                                 const VictimOptions& options);
std::unique_ptr<answers::Victim> encoder_victim(const std::string& path,
                                                const VictimOptions& options);
std::unique_ptr<answers::Victim> weights_victim(const std::string& path,
                                                const VictimOptions& options,
                                                const std::string& way_out);
std::unique_ptr<answers::Victim> torchscript_victim(const std::string& path,
                                                    const std::string& bytes,
                                                    const VictimOptions& options);
std::unique_ptr<answers::Victim> onnx_victim(const std::string& path, const std::string& bytes,
                                             const VictimOptions& options);

const char* const kVictimForms = "FILE|recorded:FILE|pixels";
const char* const kVictimKinds =
    "an encoder of cs-train, weights of a ResNet, an ONNX model, TorchScript, recorded "
    "answers, or the pixels themselves";

namespace {

using formats::FileKind;
using formats::FileUse;

constexpr std::string_view kPixels = "pixels";
constexpr std::string_view kRecorded = "recorded:";

constexpr const char* kPassRecorded =
    "if it holds answers of an encoder, pass `victim` recorded:FILE";

constexpr const char* kExport =
    "export TorchScript from Python, torch.jit.trace(model.eval(), images).save(FILE), and pass "
    "`allow-code`";

/// How to make a victim of what a file is.
std::string way_out(FileKind kind) {
  switch (kind) {
    case FileKind::kTensorflowLite:
      return std::string("which is not run here; ") + kExport;
    case FileKind::kHdf5:
      return std::string("perhaps weights of Keras; ") + kExport;
    case FileKind::kPickle:
      return std::string("which may hold a model; ") + kExport;
    case FileKind::kLmdb:
      return std::string("not an encoder; a shard is what a victim is asked about; ") +
             kPassRecorded;
    case FileKind::kNpy:
    case FileKind::kNpz:
    case FileKind::kText:
      return std::string("not an encoder; ") + kPassRecorded;
    case FileKind::kHtml:
    case FileKind::kLfsPointer:
    case FileKind::kEmpty:
      return "so its download went wrong; fetch the file itself";
    default:
      break;
  }
  return formats::use_of(kind) == FileUse::kArchive
             ? "not an encoder; unpack it and give the file of the encoder"
             : "not an encoder; give a .safetensors file of cs-train, an ONNX model or TorchScript";
}

/// Whether these safetensors do not say which network they are the weights of.
bool are_foreign(const std::string& path, const std::string& bytes) {
  return formats::parse_safetensors(path, bytes).metadata.count("cs") == 0;
}

/// Refuses what only weights without metadata need to be told.
void refuse_network(const std::string& name, const VictimOptions& options) {
  if (options.arch || options.stem || options.prefix)
    throw UsageError(name, "is no file of foreign weights; leave out `arch`, `stem` and `prefix`");
}

/// Refuses a choice of what there is but one of.
void refuse_output(const std::string& name, const VictimOptions& options) {
  if (options.output) throw UsageError(name, "has one output; leave out `victim-output`");
}

/// Refuses what only TorchScript needs to be told.
void refuse_layout(const std::string& name, const VictimOptions& options) {
  if (options.layout)
    throw UsageError(
        name, "has an order of axes of its own; leave out `layout`, which goes with TorchScript");
}

}  // namespace

void check(const VictimOptions& options) {
  const bool embedding = options.answer == AnswerKind::kEmbedding;
  if (!embedding && options.head.empty())
    throw UsageError("`head`", "is missing; the victim classifies with one");
  if (embedding && !options.head.empty())
    throw UsageError("`head`", "has no effect on `answer` embedding");
  if (options.posterior && options.answer != AnswerKind::kPosterior)
    throw UsageError("`posterior`", "goes with `answer` posterior");
}

std::optional<std::filesystem::path> recording_of(const std::string& name) {
  if (name.compare(0, kRecorded.size(), kRecorded) != 0) return std::nullopt;
  return name.substr(kRecorded.size());
}

void check(const std::string& name, const VictimOptions& options) {
  if (const auto file = recording_of(name)) {
    if (file->empty())
      throw UsageError("`victim`", "is recorded answers without their file; name it");
    return check_recorded(options);
  }
  check(options);
  if (options.name)
    throw UsageError("`victim-name`", "goes with recorded answers; leave it out, " +
                                          printable(name) + " is asked itself");
}

std::unique_ptr<answers::Victim> open_victim(const std::string& name,
                                             const VictimOptions& options) {
  check(name, options);
  if (const auto file = recording_of(name)) return recorded_victim(*file, options);
  if (name == kPixels) {
    refuse_network(name, options);
    refuse_layout(name, options);
    refuse_output(name, options);
    return pixels_victim(options);
  }
  const std::string bytes = read_file(name);
  const FileKind kind = formats::kind_of(bytes, bytes);
  if (kind != FileKind::kTorchScript) refuse_layout(name, options);
  if (kind == FileKind::kTorchZip || kind == FileKind::kTorchLegacy ||
      (kind == FileKind::kSafetensors && are_foreign(name, bytes)))
    return weights_victim(name, options, kExport);
  refuse_network(name, options);
  switch (kind) {
    case FileKind::kSafetensors:
      refuse_output(name, options);
      return encoder_victim(name, options);
    case FileKind::kOnnx:
      return onnx_victim(name, bytes, options);
    case FileKind::kTorchScript:
      return torchscript_victim(name, bytes, options);
    default:
      throw DataError(name, "is " + std::string(formats::words_for(kind)) + ", " + way_out(kind));
  }
}

}  // namespace cs::victim
