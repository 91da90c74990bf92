# C can do what C++ can, the shared library shows what the headers declare, and programs that were
# linked with it go on working: see interface_test.py and abi.py.

if(Python3_Interpreter_FOUND)
  set(_here "${CMAKE_CURRENT_SOURCE_DIR}/api")
  lutgemm_add_test(NAME check_abi_rules COMMAND "${Python3_EXECUTABLE}" "${_here}/abi_test.py")
  # Sanitizers add symbols of their own; sizes and mangled names are those of 64-bit Linux.
  if(NOT LUTGEMM_SANITIZE AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    lutgemm_add_test(NAME check_interface COMMAND "${Python3_EXECUTABLE}"
      "${_here}/interface_test.py" "$<TARGET_FILE:lutgemm>" "${CMAKE_NM}")
    lutgemm_add_test(NAME check_abi COMMAND "${Python3_EXECUTABLE}" "${_here}/abi.py"
      --build "$<TARGET_FILE_DIR:lutgemm>" --cc "${CMAKE_C_COMPILER}" --nm "${CMAKE_NM}")
  endif()
endif()

if(TARGET test_api)
  target_compile_definitions(test_api PRIVATE LUTGEMM_PROJECT_VERSION="${PROJECT_VERSION}")
endif()
