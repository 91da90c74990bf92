# g++ 12 puts frames with vectors of 64 bytes on a fake stack that is aligned to 32, and stores to
# them fault: with it the address sanitizer does not look for uses of a stack after return.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(LUTGEMM_USE_AFTER_RETURN 1)
else()
  set(LUTGEMM_USE_AFTER_RETURN 0)
endif()

# Tests carry labels that say in which other builds they run as well:
#   asan    build 'asan-ubsan'     tsan    build 'tsan'     scalar    build 'scalar'
# Building the target lutgemm_tests_<label> builds just what those tests need.

# Under sanitizers, where they take minutes, tests that sample their cases do one in three.
set(LUTGEMM_TEST_ENVIRONMENT LUTGEMM_PROFILE=off
  ASAN_OPTIONS=detect_stack_use_after_return=${LUTGEMM_USE_AFTER_RETURN}
  UBSAN_OPTIONS=print_stacktrace=1)
if(LUTGEMM_SANITIZE)
  list(APPEND LUTGEMM_TEST_ENVIRONMENT LUTGEMM_TEST_SAMPLE=3)
endif()

# lutgemm_add_test(NAME name
#   SOURCES a.cc ... | TARGET existing | COMMAND program arguments...
#   [LIBS library...] [ARGS argument...] [LABELS label...] [TIMEOUT seconds] [SERIAL])
#
# SOURCES makes a doctest executable 'name' of the sources and tests/support;
# TARGET runs an executable that another test made, with other ARGS; COMMAND runs
# anything. SERIAL keeps other tests from running at the same time.
function(lutgemm_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 T "SERIAL" "NAME;TARGET;TIMEOUT"
    "SOURCES;COMMAND;LIBS;ARGS;LABELS")
  if(T_UNPARSED_ARGUMENTS OR NOT T_NAME)
    message(FATAL_ERROR "lutgemm_add_test: unexpected arguments: ${T_UNPARSED_ARGUMENTS}")
  endif()

  if(T_SOURCES)
    set(T_TARGET ${T_NAME})
    add_executable(${T_TARGET} ${T_SOURCES})
    target_link_libraries(${T_TARGET} PRIVATE lutgemm_test_support ${T_LIBS})
  endif()
  if(T_COMMAND)
    add_test(NAME ${T_NAME} COMMAND ${T_COMMAND} ${T_ARGS})
  else()
    add_test(NAME ${T_NAME} COMMAND ${LUTGEMM_TEST_LAUNCHER} $<TARGET_FILE:${T_TARGET}> ${T_ARGS})
  endif()

  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 900)
  endif()
  set_tests_properties(${T_NAME} PROPERTIES
    LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT} RUN_SERIAL "${T_SERIAL}" SKIP_RETURN_CODE 77
    ENVIRONMENT "${LUTGEMM_TEST_ENVIRONMENT}")

  if(T_TARGET)
    foreach(label IN LISTS T_LABELS)
      add_dependencies(lutgemm_tests_${label} ${T_TARGET})
    endforeach()
  endif()
endfunction()

# The thread sanitizer fails to start where the kernel randomises addresses widely.
set(LUTGEMM_TEST_LAUNCHER "")
if(LUTGEMM_SANITIZE MATCHES "thread")
  execute_process(COMMAND setarch -R true RESULT_VARIABLE _setarch OUTPUT_QUIET ERROR_QUIET)
  if(_setarch EQUAL 0)
    set(LUTGEMM_TEST_LAUNCHER setarch -R)
  endif()
endif()

foreach(label asan tsan scalar install)
  add_custom_target(lutgemm_tests_${label})
endforeach()
