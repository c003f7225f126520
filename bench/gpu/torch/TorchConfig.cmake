# LibTorch with CUDA, but without the CUDA toolkit that its own configuration wants: bench/gpu/run.sh takes
# this where that one fails. The environment's TORCH is the folder of that one's, as in a PyTorch wheel.
include("$ENV{TORCH}/Torch/TorchConfigVersion.cmake")
set(Torch_VERSION "${PACKAGE_VERSION}")
get_filename_component(libtorch "$ENV{TORCH}/../.." ABSOLUTE)
set(TORCH_INCLUDE_DIRS "${libtorch}/include" "${libtorch}/include/torch/csrc/api/include")
set(TORCH_CXX_FLAGS "")
# Nothing calls the libraries for CUDA by name: loaded, they register their operators.
set(TORCH_LIBRARIES -Wl,--no-as-needed)
foreach(name torch torch_cpu torch_cuda c10 c10_cuda)
  if(EXISTS "${libtorch}/lib/lib${name}.so")
    list(APPEND TORCH_LIBRARIES "${libtorch}/lib/lib${name}.so")
  endif()
endforeach()
