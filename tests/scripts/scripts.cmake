# Checks of the source tree itself. They need no build product.

find_package(Python3 3.9 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  set(_tools "${PROJECT_SOURCE_DIR}/tools/dev")
  lutgemm_add_test(NAME check_layers COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_layers.py")
  lutgemm_add_test(NAME check_size COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_size.py")
  lutgemm_add_test(NAME check_dead COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_dead.py")
  lutgemm_add_test(NAME check_sizeless
    COMMAND "${Python3_EXECUTABLE}" "${_tools}/check_sizeless.py")
  lutgemm_add_test(NAME check_sizeless_examples
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_sizeless_test.py")
  lutgemm_add_test(NAME check_scripts
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_scripts_test.py")
endif()
lutgemm_add_test(NAME check_format COMMAND bash "${PROJECT_SOURCE_DIR}/tools/dev/check_format.sh")

# Which object of the libraries defines and which one needs a symbol.
if(Python3_Interpreter_FOUND AND NOT LUTGEMM_SANITIZE)
  set(_lists "${CMAKE_CURRENT_BINARY_DIR}/scripts")
  foreach(_objects IN ITEMS lutgemm_objects lutgemm_model_objects)
    set(_${_objects} "")
    if(TARGET ${_objects})
      set(_${_objects} "${_lists}/${_objects}.txt")
      file(GENERATE OUTPUT "${_${_objects}}" CONTENT "$<JOIN:$<TARGET_OBJECTS:${_objects}>,\n>\n")
    endif()
  endforeach()
  set(_model_library "")
  if(TARGET lutgemm_model)
    set(_model_library "$<TARGET_FILE:lutgemm_model>")
  endif()
  lutgemm_add_test(NAME check_symbols
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_symbols.py"
      "${PROJECT_SOURCE_DIR}" "${_lutgemm_objects}" "${_lutgemm_model_objects}"
      "$<TARGET_FILE:lutgemm>" "${_model_library}")
  lutgemm_add_test(NAME check_symbols_examples
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_SOURCE_DIR}/scripts/check_symbols_test.py")
endif()
