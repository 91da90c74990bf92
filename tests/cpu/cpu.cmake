# Which processors the library runs on: its machine code read, and its programs run as others.

set(_here "${CMAKE_CURRENT_SOURCE_DIR}/cpu")
add_executable(cpu_digest "${_here}/digest.cc")
target_link_libraries(cpu_digest PRIVATE lutgemm_internal)
target_include_directories(cpu_digest PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
add_executable(cpu_consumer "${CMAKE_CURRENT_SOURCE_DIR}/install/consumer.c")
target_link_libraries(cpu_consumer PRIVATE lutgemm)
# What `tools/test.sh --cpu` needs.
add_custom_target(lutgemm_tests_cpu)
add_dependencies(lutgemm_tests_cpu
  cpu_digest cpu_consumer test_kernels test_attention test_plan lutgemm_cli)

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  message(STATUS "No tests on other processors: they need an x86-64 one")
  return()
endif()
if(Python3_Interpreter_FOUND)
  lutgemm_add_test(NAME cpu_instructions LABELS cpu
    COMMAND "${Python3_EXECUTABLE}" "${_here}/instructions_test.py"
      "$<TARGET_FILE:lutgemm_static>" "$<TARGET_FILE:lutgemm>")
  lutgemm_add_test(NAME cpu_instructions_self_test LABELS cpu
    COMMAND "${Python3_EXECUTABLE}" "${_here}/instructions_test.py" --self-test
      "${CMAKE_CXX_COMPILER}")
endif()
# Haswell,-fma has AVX2 alone, as some hypervisors show processors.
foreach(_cpu IN ITEMS Nehalem Westmere Haswell Haswell,-fma max valgrind)
  string(REPLACE ",-" "_no_" _name "${_cpu}")
  lutgemm_add_test(NAME cpu_${_name} LABELS cpu TIMEOUT 1200
    COMMAND bash "${_here}/emulated_test.sh" ${_cpu} "${PROJECT_BINARY_DIR}")
endforeach()
