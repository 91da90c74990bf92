# Every bench/*_bench.cc is one Google Benchmark program; the other sources there
# are shared by all of them.

if(NOT TARGET lutgemm_command)
  message(STATUS "No benchmarks: they need LUTGEMM_TOOLS and LUTGEMM_MODEL")
  return()
endif()

if(benchmark_FOUND)
  file(GLOB _bench_mains CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*_bench.cc")
  file(GLOB _bench_common CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cc")
  list(REMOVE_ITEM _bench_common ${_bench_mains})
  add_library(lutgemm_bench STATIC ${_bench_common})
  target_link_libraries(lutgemm_bench PUBLIC lutgemm_measure benchmark::benchmark)
  foreach(_main IN LISTS _bench_mains)
    get_filename_component(_name "${_main}" NAME_WE)
    add_executable(${_name} "${_main}")
    set_target_properties(${_name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY bench)
    target_link_libraries(${_name} PRIVATE lutgemm_bench)
  endforeach()
endif()

# ggml is optional: its CMake package, as CMAKE_PREFIX_PATH or the system has it,
# or its pkg-config file.
set(_ggml)
find_package(ggml CONFIG QUIET)
if(TARGET ggml::ggml)
  set(_ggml ggml::ggml)
else()
  pkg_check_modules(GGML QUIET IMPORTED_TARGET ggml)
  if(TARGET PkgConfig::GGML)
    set(_ggml PkgConfig::GGML)
  endif()
endif()
if(_ggml)
  add_executable(compare_ggml
    "${PROJECT_SOURCE_DIR}/bench/compare_ggml/main.cc"
    "${PROJECT_SOURCE_DIR}/bench/compare_ggml/ggml_product.cc")
  set_target_properties(compare_ggml PROPERTIES RUNTIME_OUTPUT_DIRECTORY bench)
  target_link_libraries(compare_ggml PRIVATE lutgemm_measure ${_ggml})
  # In a prefix of their own ggml's libraries find each other by this program's path.
  target_link_options(compare_ggml PRIVATE LINKER:--disable-new-dtags)
endif()

# What the plan's choice by cost rests on: measurements, what they are fitted to, and checks.
file(GLOB _costs CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/costs/*.cc")
add_executable(costs ${_costs})
set_target_properties(costs PROPERTIES RUNTIME_OUTPUT_DIRECTORY bench)
target_link_libraries(costs PRIVATE lutgemm_measure)
