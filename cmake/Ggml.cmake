# liblutgemm-ggml.so: a back end that programs of ggml load at run time. It is one file: the library
# is in it, so that nothing else has to be found.

file(GLOB _ggml_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/integrations/ggml/*.cc")
add_library(lutgemm_ggml MODULE ${_ggml_sources})
target_include_directories(lutgemm_ggml PRIVATE "${PROJECT_SOURCE_DIR}/integrations")
target_link_libraries(lutgemm_ggml PRIVATE lutgemm_static lutgemm_options ${CMAKE_DL_LIBS})
set(_map "${PROJECT_SOURCE_DIR}/cmake/lutgemm_ggml.map")
target_link_options(lutgemm_ggml PRIVATE
  "-Wl,--version-script=${_map}" -Wl,--exclude-libs,ALL -Wl,--as-needed)
set_target_properties(lutgemm_ggml PROPERTIES OUTPUT_NAME lutgemm-ggml LINK_DEPENDS "${_map}")
