# Every example of the help texts and of the pages: commands run, programs are compiled and run, and
# what takes long is parsed.

if(Python3_Interpreter_FOUND AND TARGET lutgemm_cli AND NOT LUTGEMM_SANITIZE)
  lutgemm_add_test(NAME examples TIMEOUT 600 COMMAND "${Python3_EXECUTABLE}"
    "${CMAKE_CURRENT_SOURCE_DIR}/examples/examples_test.py" "${PROJECT_BINARY_DIR}"
    "${CMAKE_C_COMPILER}" "${CMAKE_CXX_COMPILER}")
endif()
