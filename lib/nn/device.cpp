#include "nn/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/cuda.h>

#include <filesystem>

#include "core/error.hpp"
#include "core/parse.hpp"
#include "nn/compat.hpp"

namespace cs::nn {
namespace {

bool fast_bf16(c10::Device device) {
  if (device.is_cuda()) return true;
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

/// A function of OpenBLAS; null if this process has none.
template <typename Function>
Function openblas(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

std::string openblas_version() {
  const auto get_config = openblas<char* (*)()>("openblas_get_config");
  if (get_config == nullptr) return "OpenBLAS";
  const std::string config = get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

}  // namespace

c10::Device parse_device(const std::string& text) {
  const std::string cuda = "cuda";
  if (text == "cpu") return {c10::kCPU};
  if (text == "auto") return torch::cuda::is_available() ? c10::Device(c10::kCUDA, 0) : c10::kCPU;
  std::uint64_t index = 0;
  if (text.rfind(cuda + ":", 0) == 0)
    index = parse_unsigned("`device`", text.substr(cuda.size() + 1), 0, INT8_MAX);
  else if (text != cuda)
    throw UsageError("`device`", "'" + printable(text) + "' is not auto, cpu, cuda or cuda:N");
  if (index >= torch::cuda::device_count())
    throw Error("`device` " + text, "there are " + std::to_string(torch::cuda::device_count()) +
                                        " CUDA devices here; try `device` cpu");
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

Precision parse_precision(const std::string& text, c10::Device device, Work work) {
  if (const auto precision = kPrecisions.parse(text)) return *precision;
  return work == Work::kTraining && fast_bf16(device) ? Precision::kBf16 : Precision::kF32;
}

Autocast::Autocast(c10::Device device, Precision precision)
    : device_(device.type()), on_(precision == Precision::kBf16) {
  if (!on_) return;
  enabled_before_ = compat::autocast_enabled(device_);
  dtype_before_ = compat::autocast_dtype(device_);
  compat::set_autocast_enabled(device_, true);
  compat::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!on_) return;
  // The cache of cast weights would survive the optimizer's step, and stale weights be used.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  compat::set_autocast_dtype(device_, dtype_before_);
  compat::set_autocast_enabled(device_, enabled_before_);
}

void set_threads(int threads) {
  at::set_num_threads(threads);
  const auto set = openblas<void (*)(int)>("openblas_set_num_threads");
  if (set != nullptr) set(threads);
}

ProductsFirst::ProductsFirst() : threads_before_(at::get_num_threads()) {
  const auto kind = openblas<int (*)()>("openblas_get_parallel");
  constexpr int kOwnThreads = 1;  // 0: none, 2: OpenMP's
  if (kind != nullptr && kind() == kOwnThreads) at::set_num_threads(1);
}

ProductsFirst::~ProductsFirst() { at::set_num_threads(threads_before_); }

std::string blas_name() {
  if (at::hasMKL()) return "MKL";
  // Several BLAS libraries may be loaded; the first sgemm_ in load order is the one that is called.
  Dl_info info{};
  void* const sgemm = ::dlsym(RTLD_DEFAULT, "sgemm_");
  if (sgemm == nullptr || ::dladdr(sgemm, &info) == 0) return "unknown BLAS";
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::canonical(info.dli_fname, ignored);
  const std::string path = file.string();
  if (path.find("openblas") != std::string::npos) return openblas_version();
  for (const char* other : {"blis", "atlas", "mkl", "nvpl", "armpl"})
    if (path.find(other) != std::string::npos) return other;
  // Netlib's build is plain libblas.so, without a folder or a name that says more.
  return file.filename().string().rfind("libblas.so", 0) == 0 ? "reference BLAS" : "unknown BLAS";
}

}  // namespace cs::nn
