#include "codec/opencv.hpp"

#include <sys/mman.h>

#include <new>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

namespace cs::codec {

void start_opencv() {
  static const bool started = [] {
    constexpr std::size_t kRoom = std::size_t{48} << 20U;
    require_room(kRoom);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return cv::haveImageWriter(".png");
  }();
  static_cast<void>(started);
}

void require_room(std::size_t bytes) {
  // Not by new, which compilers leave out where nothing is stored.
  void* room = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  ::munmap(room, bytes);
}

}  // namespace cs::codec
