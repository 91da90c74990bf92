# The back end in a stock ggml, which tools/llama_cpp.sh gets; skipped where it cannot be had.

if(Python3_Interpreter_FOUND AND TARGET lutgemm_ggml AND NOT LUTGEMM_SANITIZE)
  foreach(_test IN ITEMS ops rpc)
    lutgemm_add_test(NAME llama_cpp_${_test} LABELS llama_cpp
      COMMAND "${Python3_EXECUTABLE}"
        "${CMAKE_CURRENT_SOURCE_DIR}/integrations/llama_cpp/${_test}_test.py"
        "$<TARGET_FILE:lutgemm_ggml>")
  endforeach()
  # The comparison of speeds, on a model so small that they say nothing.
  lutgemm_add_test(NAME llama_cpp_compare LABELS llama_cpp
    COMMAND bash "${PROJECT_SOURCE_DIR}/bench/compare_llama.sh" --size tiny --types Q4_0,TQ2_0
      --rounds 1 --prompts 8 --generate 4 --threads 1 --build "${PROJECT_BINARY_DIR}")
endif()
