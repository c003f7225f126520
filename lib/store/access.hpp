/// Whether what processes share is opened for changes.
#pragma once

namespace cs::store {

enum class Access : bool { kRead, kWrite };

}  // namespace cs::store
