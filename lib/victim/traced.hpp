/// Whether a TorchScript program is asked as it was traced.
#pragma once

#include <string>
#include <string_view>

#include "victim/options.hpp"

namespace cs::victim {

/// Compares what `options` ask with the input that the file `bytes` says it was traced with, if it
/// says (formats/traced_inputs.hpp). Another size or layout throws UsageError, with the options to
/// pass; if the options state it themselves it is meant, and only remarked. Many programs run at
/// any size, and answer with worse embeddings where it is not theirs.
void check_traced(const std::string& path, std::string_view bytes, const VictimOptions& options);

}  // namespace cs::victim
