# Losses and a training step against independent Python; 77 = its modules are not installed.
foreach(reference losses step)
  add_executable(learn_${reference}_export
                 ${CMAKE_CURRENT_SOURCE_DIR}/learn/${reference}_export.cpp)
  target_link_libraries(learn_${reference}_export PRIVATE cs_learn)
  target_precompile_headers(learn_${reference}_export REUSE_FROM cs_nn)
  add_test(NAME unit/learn/${reference}_reference
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/learn/${reference}_reference.py
                   $<TARGET_FILE:learn_${reference}_export>)
  set_tests_properties(unit/learn/${reference}_reference PROPERTIES LABELS unit
                       SKIP_RETURN_CODE 77)
endforeach()
