# Checks of the source tree itself. They need no build product.

find_package(Python3 3.9 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  set(_tools "${PROJECT_SOURCE_DIR}/tools/dev")
  lutgemm_add_test(NAME check_layers COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_layers.py")
  lutgemm_add_test(NAME check_size COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_size.py")
  lutgemm_add_test(NAME check_sizeless
    COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_sizeless.py")
  lutgemm_add_test(NAME check_sizeless_examples
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_sizeless_test.py")
  lutgemm_add_test(NAME check_scripts
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_scripts_test.py")
endif()
lutgemm_add_test(NAME check_format COMMAND bash "${PROJECT_SOURCE_DIR}/tools/dev/check_format.sh")
