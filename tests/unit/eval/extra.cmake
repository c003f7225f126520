# The linear probe against SciPy and scikit-learn; 77 = they are not installed.
add_executable(eval_probe_export ${CMAKE_CURRENT_SOURCE_DIR}/eval/probe_export.cpp)
target_link_libraries(eval_probe_export PRIVATE cs_eval)
target_precompile_headers(eval_probe_export REUSE_FROM cs_nn)
add_test(NAME unit/eval/probe_reference
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/eval/probe_reference.py
                 $<TARGET_FILE:eval_probe_export>)
set_tests_properties(unit/eval/probe_reference PROPERTIES LABELS unit SKIP_RETURN_CODE 77)
