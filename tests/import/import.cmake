# The importer against readers of the tests' own, which are Python with NumPy.

set(_import_tests "${CMAKE_CURRENT_SOURCE_DIR}/import")
if(Python3_Interpreter_FOUND)
  lutgemm_add_test(NAME import_reference
    COMMAND "${Python3_EXECUTABLE}" "${_import_tests}/reference/vectors_test.py")
endif()
if(Python3_Interpreter_FOUND AND TARGET CLI11::CLI11)
  add_executable(dump_values "${_import_tests}/dump_values.cc")
  target_link_libraries(dump_values PRIVATE lutgemm_internal CLI11::CLI11)
  target_compile_options(dump_values PRIVATE ${LUTGEMM_COLD_OPTIONS})
  add_dependencies(lutgemm_tests_asan dump_values)
  lutgemm_add_test(NAME import_values LABELS asan
    COMMAND "${Python3_EXECUTABLE}" "${_import_tests}/values_test.py"
      "$<TARGET_FILE:dump_values>")
endif()
