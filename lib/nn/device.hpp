/// Where tensors live and in which precision the heavy operations run.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

#include "core/words.hpp"

namespace cs::nn {

enum class Precision { kF32, kBf16 };
enum class Work { kTraining, kInference };

/// `auto`, `cpu`, `cuda` or `cuda:N`; `auto` is CUDA where this build and machine have it. Throws
/// UsageError for another word, Error if the device is not there.
c10::Device parse_device(const std::string& text);

/// The precisions; none: chosen for the device and the work.
inline constexpr Words<std::optional<Precision>, 3> kPrecisions{
    "precision", {{{"auto", std::nullopt}, {"f32", Precision::kF32}, {"bf16", Precision::kBf16}}}};

/// A word of kPrecisions. `auto` is bf16 only for training, on CUDA or on a CPU with avx512_bf16;
/// a victim is a fixed function, so queries are f32 unless asked. Throws UsageError.
Precision parse_precision(const std::string& text, c10::Device device, Work work);

/// Runs the convolutions and matrix products of this thread in bf16 while it lives (autocast:
/// weights stay f32); does nothing for kF32. Guards nest; each restores what it found. Put only
/// the forward pass inside: losses and backward() belong outside. Weights are cast once per
/// outermost guard, so they may not change while one lives.
class Autocast {
 public:
  Autocast(c10::Device device, Precision precision);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool on_;
  bool enabled_before_ = false;
  c10::ScalarType dtype_before_ = c10::ScalarType::Float;
};

/// How many threads the tensor operations of this process use: LibTorch's team and, where BLAS is
/// OpenBLAS with threads of its own, those too.
void set_threads(int threads);

/// While it lives, element-wise operations run on one thread if matrix products have threads of
/// their own (OpenBLAS-pthread): LibTorch's team spins while it waits, on the very cores they need.
/// For work that is mostly matrix products.
class ProductsFirst {
 public:
  ProductsFirst();
  ~ProductsFirst();
  ProductsFirst(const ProductsFirst&) = delete;
  ProductsFirst& operator=(const ProductsFirst&) = delete;

 private:
  int threads_before_;
};

/// The BLAS behind LibTorch's matrix products, e.g. "OpenBLAS 0.3.21", or "reference BLAS" with
/// which training is 17 to 30 times slower; "unknown BLAS" where it cannot be told.
std::string blas_name();

}  // namespace cs::nn
