# The installed tree serves C and C++ programs by itself, the shared library needs no more than it
# should, and projects may contain this one.

set(_here "${CMAKE_CURRENT_SOURCE_DIR}/install")
lutgemm_add_test(NAME install_consumers LABELS install
  COMMAND bash "${_here}/consumers_test.sh" "${PROJECT_BINARY_DIR}" "${CMAKE_COMMAND}"
    "${CMAKE_C_COMPILER}" "${CMAKE_CXX_COMPILER}" "${CMAKE_INSTALL_LIBDIR}")
lutgemm_add_test(NAME install_parent LABELS install
  COMMAND bash "${_here}/parent_test.sh" "${PROJECT_SOURCE_DIR}" "${CMAKE_COMMAND}"
    "${CMAKE_C_COMPILER}" "${CMAKE_CXX_COMPILER}")
lutgemm_add_test(NAME install_fetch LABELS install TIMEOUT 1200
  COMMAND bash "${_here}/fetch_test.sh" "${PROJECT_SOURCE_DIR}" "${CMAKE_COMMAND}"
    "${CMAKE_C_COMPILER}" "${CMAKE_CXX_COMPILER}")
if(CMAKE_GENERATOR STREQUAL "Ninja")
  lutgemm_add_test(NAME install_quickstart LABELS install
    COMMAND bash "${_here}/quickstart_test.sh" "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
endif()
lutgemm_add_test(NAME install_symbols LABELS install
  COMMAND bash "${_here}/symbols_test.sh" "$<TARGET_FILE:lutgemm>" "${LUTGEMM_SOVERSION}")
