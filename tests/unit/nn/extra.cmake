# Does torchvision give the same embeddings? nn_export writes an encoder, pixels and embeddings;
# encoder_reference.py loads the encoder into torchvision and compares. Skipped without torchvision.
add_executable(nn_export ${CMAKE_CURRENT_LIST_DIR}/nn_export.cpp)
target_link_libraries(nn_export PRIVATE cs_nn)
target_precompile_headers(nn_export REUSE_FROM cs_nn)

find_program(CS_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)  # the one that packages serve
find_program(CS_PYTHON NAMES python3)

function(cs_encoder_reference arch stem width)
  set(name nn_reference_${arch}_${stem}_${width})
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
  add_test(NAME ${name}_export COMMAND nn_export ${folder} ${arch} ${stem} ${width})
  add_test(NAME ${name} COMMAND ${CS_PYTHON} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/encoder_reference.py
                                ${folder})
  set_tests_properties(${name}_export PROPERTIES FIXTURES_SETUP ${name} LABELS unit)
  set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED ${name} SKIP_RETURN_CODE 77
                                          LABELS unit)
endfunction()

if(CS_PYTHON)
  cs_encoder_reference(resnet18 cifar 0)
  cs_encoder_reference(resnet18 imagenet 128)
  cs_encoder_reference(resnet50 cifar 0)
endif()
