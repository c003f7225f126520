# Can a shard be read from Python by the text of man/cs-shard.5 alone? Skipped where the modules
# lmdb, numpy, xxhash or zstandard are missing.
add_executable(export_shard ${CMAKE_CURRENT_LIST_DIR}/export_shard.cpp)
target_link_libraries(export_shard PRIVATE cs_store)
find_program(CS_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)  # the one that packages serve
find_program(CS_PYTHON NAMES python3)
if(CS_PYTHON)
  add_test(NAME store/python_reader
           COMMAND ${CS_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/read_shard.py $<TARGET_FILE:export_shard>
                   ${CMAKE_CURRENT_LIST_DIR}/../../../man/cs-shard.5)
  set_tests_properties(store/python_reader PROPERTIES LABELS unit SKIP_RETURN_CODE 77)
endif()
