/// The version of the whole project, as `--version` and histories state it.
#pragma once

namespace cs {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace cs
