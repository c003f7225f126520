/// What a call throws, as text to compare.
#pragma once

#include <string>

#include "core/error.hpp"

namespace cs::test {

/// The message of the E that `call` throws, or "nothing was thrown". Other exceptions pass.
template <typename E, typename Call>
std::string thrown(const Call& call) {
  try {
    call();
  } catch (const E& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace cs::test
