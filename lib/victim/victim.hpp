/// Encoders behind one interface: something that takes images and answers with vectors.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "nn/device.hpp"
#include "nn/encoder.hpp"

namespace cs::victim {

enum class AllowCode : bool { kNo, kYes };

/// How a victim is asked.
struct VictimOptions {
  AllowCode allow_code = AllowCode::kNo;  ///< TorchScript files are programs
  std::int64_t image_size = 0;            ///< side of the images to be asked
  /// Input of a victim whose file does not state it (else a UsageError); by default the image's
  /// size, mean 0 and std 1.
  std::optional<std::int64_t> input_size;
  std::optional<std::array<double, 3>> mean, std;
  c10::Device device{c10::kCPU};
  nn::Precision precision = nn::Precision::kF32;
};

/// An encoder under attack, audit or evaluation. answer() is const and safe from several threads.
class Victim {
 public:
  virtual ~Victim() = default;

  /// u8 [N, height, width, 3] (RGB) to f32 [N, width] on the CPU. Images of another size than the
  /// input's are resized (bilinear, area when shrinking). Throws DataError if the encoder does not
  /// take them or answers with something that is not one finite vector an image.
  at::Tensor answer(const at::Tensor& pixels) const;

  const std::string& name() const { return name_; }  ///< the file, for messages

  /// 32 hexadecimal digits naming the function: digest of file, input configuration and precision.
  const std::string& id() const { return id_; }

  /// What a history says of it: "id", "kind" (pixels, encoder, torchscript) and, of an encoder of
  /// this project, "arch" and "method".
  virtual Json about() const = 0;

 protected:
  Victim(std::string name, const std::string& file_digest, nn::InputConfig input,
         const VictimOptions& options);
  const std::string name_;
  const nn::InputConfig input_;
  const c10::Device device_;
  const nn::Precision precision_;

 private:
  virtual at::Tensor forward(const at::Tensor& pixels) const = 0;
  std::string id_;
};

/// `pixels` (the image itself, flattened, divided by 255), an encoder of this project
/// (.safetensors), or a TorchScript file, told apart by content. Throws UsageError for TorchScript
/// without AllowCode, DataError for a file that is neither.
std::unique_ptr<Victim> open_victim(const std::string& name, const VictimOptions& options);

}  // namespace cs::victim
