#include "victim/open.hpp"

#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"
#include "formats/file_kind.hpp"
#include "formats/safetensors.hpp"
#include "victim/encoder.hpp"
#include "victim/pixels.hpp"
#include "victim/torchscript.hpp"

namespace cs::victim {
namespace {

using formats::FileKind;
using formats::FileUse;

constexpr std::string_view kPixels = "pixels";

constexpr const char* kExport =
    "export TorchScript from Python, torch.jit.trace(model.eval(), images).save(FILE), and pass "
    "`allow-code`";

/// How to make a victim of what a file is.
std::string way_out(FileKind kind) {
  switch (kind) {
    case FileKind::kTorchZip:
    case FileKind::kTorchLegacy:
      return std::string("weights without a program; load them into their model and ") + kExport;
    case FileKind::kOnnx:
    case FileKind::kTensorflowLite:
      return std::string("which is not run here; ") + kExport;
    case FileKind::kHdf5:
      return std::string("perhaps weights of Keras; ") + kExport;
    case FileKind::kPickle:
      return std::string("which may hold a model; ") + kExport;
    case FileKind::kLmdb:
      return "not an encoder; a shard is what a victim is asked about";
    case FileKind::kHtml:
    case FileKind::kLfsPointer:
    case FileKind::kEmpty:
      return "so its download went wrong; fetch the file itself";
    default:
      break;
  }
  return formats::use_of(kind) == FileUse::kArchive
             ? "not an encoder; unpack it and give the file of the encoder"
             : "not an encoder; give a .safetensors file of cs-train or TorchScript";
}

/// Safetensors without this project's description of the architecture.
void refuse_foreign_weights(const std::string& path, const std::string& bytes) {
  if (formats::parse_safetensors(path, bytes).metadata.count("cs") == 0)
    throw DataError(path, std::string("is safetensors that do not say which network they are the "
                                      "weights of; load them into their model and ") +
                              kExport);
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

std::unique_ptr<answers::Victim> open_victim(const std::string& name,
                                             const VictimOptions& options) {
  check(options);
  if (name == kPixels) return std::make_unique<PixelsVictim>(options);
  const std::string bytes = read_file(name);
  switch (const FileKind kind = formats::kind_of(bytes, bytes)) {
    case FileKind::kSafetensors:
      refuse_foreign_weights(name, bytes);
      return std::make_unique<EncoderVictim>(name, options);
    case FileKind::kTorchScript:
      if (options.allow_code == AllowCode::kNo)
        throw UsageError(name, "is TorchScript, which is code; pass `allow-code` if you trust it");
      return std::make_unique<TorchScriptVictim>(name, bytes, options);
    default:
      throw DataError(name, "is " + std::string(formats::words_for(kind)) + ", " + way_out(kind));
  }
}

}  // namespace cs::victim
