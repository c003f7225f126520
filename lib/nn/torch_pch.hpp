/// Precompiled for every module above this one: LibTorch's headers cost 11 to 14 s per file
/// otherwise. Files still include what they use; nothing relies on this list.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include <nlohmann/json.hpp>
