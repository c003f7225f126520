/// The options of a tool that asks victims, bound to a VictimOptions.
#pragma once

#include "cli/options.hpp"
#include "victim/options.hpp"

namespace cs::victim {

/// How an image becomes what the victim reads.
void declare_input(cli::OptionTable& table, VictimOptions& asked);

/// What a file does not say of its network and its outputs.
void declare_network(cli::OptionTable& table, VictimOptions& asked);

}  // namespace cs::victim
