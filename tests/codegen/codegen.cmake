# The generated files are what the spec gives, and the spec agrees with the enums of the
# headers; documents print what their programs print; how-tos hold. No build product is needed.

if(Python3_Interpreter_FOUND)
  set(_here "${CMAKE_CURRENT_SOURCE_DIR}/codegen")
  foreach(_name IN ITEMS codegen docs)
    lutgemm_add_test(NAME check_${_name} COMMAND "${Python3_EXECUTABLE}" "${_here}/${_name}_test.py")
  endforeach()
  lutgemm_add_test(NAME check_extending
    COMMAND "${Python3_EXECUTABLE}" "${_here}/extending_test.py" "${PROJECT_BINARY_DIR}")
endif()
