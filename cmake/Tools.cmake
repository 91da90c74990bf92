# The lutgemm command and the example engine that it demonstrates.

file(GLOB _tiny_lm CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/examples/tiny_lm/*.cc" "${PROJECT_SOURCE_DIR}/examples/llama/*.cc")
set(_tiny_lm_main "${PROJECT_SOURCE_DIR}/examples/tiny_lm/main.cc")
list(REMOVE_ITEM _tiny_lm "${_tiny_lm_main}")
if(_tiny_lm)
  # Compiled with the public headers only: how an engine would use the library.
  add_library(tiny_lm OBJECT ${_tiny_lm})
  target_include_directories(tiny_lm PUBLIC
    "${PROJECT_SOURCE_DIR}/examples" "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(tiny_lm PRIVATE lutgemm_options)
  if(EXISTS "${_tiny_lm_main}")
    add_executable(tiny_lm_example "${_tiny_lm_main}")
    set_target_properties(tiny_lm_example PROPERTIES
      OUTPUT_NAME tiny_lm RUNTIME_OUTPUT_DIRECTORY examples)
    target_link_libraries(tiny_lm_example PRIVATE tiny_lm lutgemm lutgemm_options)
  endif()
endif()

# Threads of one's own, from C.
add_executable(pthread_pool_example "${PROJECT_SOURCE_DIR}/examples/pthread_pool/main.c")
set_target_properties(pthread_pool_example PROPERTIES
  OUTPUT_NAME pthread_pool RUNTIME_OUTPUT_DIRECTORY examples
  C_STANDARD 99 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
target_link_libraries(pthread_pool_example PRIVATE lutgemm lutgemm_options Threads::Threads)

if(NOT LUTGEMM_MODEL)
  message(STATUS "No command: it needs LUTGEMM_MODEL")
  return()
endif()

# The LUT Tensor Core in software: a product compiled, run and priced.
add_executable(lmma_example "${PROJECT_SOURCE_DIR}/examples/lmma/main.cc")
set_target_properties(lmma_example PROPERTIES
  OUTPUT_NAME lmma RUNTIME_OUTPUT_DIRECTORY examples)
target_link_libraries(lmma_example PRIVATE lutgemm_model lutgemm_options)

# What the command and the benchmarks share: how programs read command lines and print, and how
# products are measured.
file(GLOB _measure_sources CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/tools/console/*.cc" "${PROJECT_SOURCE_DIR}/tools/measure/*.cc")
add_library(lutgemm_measure STATIC ${_measure_sources})
target_include_directories(lutgemm_measure PUBLIC "${PROJECT_SOURCE_DIR}")
target_link_libraries(lutgemm_measure PUBLIC
  lutgemm_internal lutgemm_onednn CLI11::CLI11 fmt::fmt)

# All of the command but its main function.
file(GLOB_RECURSE _command_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tools/command/*.cc")
set(_command_main "${PROJECT_SOURCE_DIR}/tools/command/main.cc")
list(REMOVE_ITEM _command_sources "${_command_main}")
add_library(lutgemm_command STATIC ${_command_sources})
target_link_libraries(lutgemm_command PUBLIC
  lutgemm_measure $<TARGET_NAME_IF_EXISTS:tiny_lm>)

# Where installed data are, from the folder of installed programs.
set(LUTGEMM_SHARE_DIR "${CMAKE_INSTALL_DATADIR}/lutgemm")
cmake_path(ABSOLUTE_PATH LUTGEMM_SHARE_DIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE _share)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_BINDIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE _bin)
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_DATADIR}")
  file(RELATIVE_PATH _share "${_bin}" "${_share}")
endif()
set_source_files_properties("${PROJECT_SOURCE_DIR}/tools/command/common/share.cc" PROPERTIES
  COMPILE_DEFINITIONS "LUTGEMM_SHARE=\"${_share}\"")

add_executable(lutgemm_cli "${_command_main}")
set_target_properties(lutgemm_cli PROPERTIES OUTPUT_NAME lutgemm)
target_link_libraries(lutgemm_cli PRIVATE lutgemm_command)

# Makes the page of the command from its options.
add_executable(lutgemm_cli_doc
  "${PROJECT_SOURCE_DIR}/tools/dev/cli_doc.cc" "${PROJECT_SOURCE_DIR}/tools/dev/cli_page.cc")
target_link_libraries(lutgemm_cli_doc PRIVATE lutgemm_command)

# Nothing here is hot.
foreach(_cold lutgemm_measure lutgemm_command lutgemm_cli lutgemm_cli_doc)
  target_compile_options(${_cold} PRIVATE ${LUTGEMM_COLD_OPTIONS})
endforeach()
