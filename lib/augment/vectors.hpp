/// Inner loops compiled several times: for any processor, and for those with AVX2 or AVX-512. The
/// choice is made at run time. All do the arithmetic of the source, without fused multiply-adds, so
/// the processor changes the speed and not the result.
///
///     CS_INLINE void loop(...) { the loop }
///     CS_AVX2 void loop_avx2(...) { loop(...); }
#pragma once

#include <cstdint>

/// A function that is compiled for its caller's processor.
#define CS_INLINE [[gnu::always_inline]] inline

#if defined(__x86_64__)
#define CS_AVX2 [[gnu::target("avx2")]]
#define CS_AVX512 [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]]
#else
#define CS_AVX2
#define CS_AVX512
#endif

namespace cs::augment {

/// From the narrowest on; a processor that has one has those before it.
enum class Vectors : std::uint8_t { kAny, kAvx2, kAvx512 };

/// The widest that this processor has.
inline Vectors best_vectors() {
#if defined(__x86_64__)
  static const Vectors best = [] {
    if (__builtin_cpu_supports("avx2") == 0) return Vectors::kAny;
    const bool wider =
        __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
        __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    return wider ? Vectors::kAvx512 : Vectors::kAvx2;
  }();
  return best;
#else
  return Vectors::kAny;
#endif
}

}  // namespace cs::augment
