# The benchmark programs on tiny shapes, and the report. No time is asserted.

set(_bench_tests "${CMAKE_CURRENT_SOURCE_DIR}/bench")
if(Python3_Interpreter_FOUND)
  lutgemm_add_test(NAME bench_report
    COMMAND "${Python3_EXECUTABLE}" "${_bench_tests}/report_test.py")
  if(TARGET lutgemm_bench)
    lutgemm_add_test(NAME bench_programs
      COMMAND "${Python3_EXECUTABLE}" "${_bench_tests}/programs_test.py"
        "$<TARGET_FILE:kernel_bench>" "$<TARGET_FILE:tables_bench>" "$<TARGET_FILE:pack_bench>"
        "$<TARGET_FILE:blocks_bench>")
  endif()
  if(TARGET costs AND NOT LUTGEMM_ONLY_PORTABLE)
    lutgemm_add_test(NAME bench_costs
      COMMAND "${Python3_EXECUTABLE}" "${_bench_tests}/costs_test.py" "$<TARGET_FILE:costs>")
  endif()
  if(TARGET compare_ggml)
    lutgemm_add_test(NAME bench_ggml
      COMMAND "${Python3_EXECUTABLE}" "${_bench_tests}/ggml_test.py"
        "$<TARGET_FILE:compare_ggml>")
  endif()
  if(TARGET lutgemm_cli)
    lutgemm_add_test(NAME bench_performance
      COMMAND "${Python3_EXECUTABLE}" "${_bench_tests}/performance_test.py"
        "${PROJECT_BINARY_DIR}")
  endif()
endif()
