/// How a folder that processes share is opened: to read, or to read and write.
#pragma once

namespace cs::store {

enum class Access : bool { kRead, kWrite };

}  // namespace cs::store
