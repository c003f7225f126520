/// Precompiled for this module and every one above it: LibTorch's headers cost 5 to 10 s per file
/// otherwise. Files still include what they use; nothing relies on this list. It holds what many
/// files include and no more: functions that a header leaves to be instantiated are compiled again
/// in each of them (torch/nn.h and torch/optim.h cost 2 to 5 s per file that way).
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <nlohmann/json.hpp>
