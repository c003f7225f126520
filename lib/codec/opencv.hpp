/// OpenCV's image codecs, made ready.
#pragma once

#include <cstddef>

namespace cs::codec {

/// To be called before OpenCV decodes or encodes anything. It logs to stderr, which is not ours to
/// write to; what matters comes back as a failure. When first used it starts other libraries, some
/// of which crash where memory is short: then std::bad_alloc is thrown instead.
void start_opencv();

/// Throws std::bad_alloc unless `bytes` can be had; takes none of them.
void require_room(std::size_t bytes);

}  // namespace cs::codec
