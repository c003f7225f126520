# The operations against torchvision's, where Python has it.
add_executable(export_operations ${CMAKE_CURRENT_LIST_DIR}/export_operations.cpp)
target_link_libraries(export_operations PRIVATE cs_augment)
find_program(CS_REFERENCE_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(CS_REFERENCE_PYTHON)
  add_test(NAME unit/augment/reference
           COMMAND ${CS_REFERENCE_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/operations_reference.py
                   $<TARGET_FILE:export_operations>)
  set_tests_properties(unit/augment/reference PROPERTIES LABELS unit SKIP_RETURN_CODE 77)
endif()
