#include "source/source.hpp"

#include "codec/decode.hpp"

namespace cs::source {

cv::Mat Source::decode(std::size_t index, std::string_view bytes) const {
  return codec::decode(item(index).name, bytes);
}

}  // namespace cs::source
