# The page of the instruction set, its vectors and the machine agree; needs the command.
if(Python3_Interpreter_FOUND AND TARGET lutgemm_cli)
  lutgemm_add_test(NAME check_lmma_vectors COMMAND "${Python3_EXECUTABLE}"
    "${CMAKE_CURRENT_SOURCE_DIR}/model/lmma/lmma_test.py" $<TARGET_FILE:lutgemm_cli>)
endif()
