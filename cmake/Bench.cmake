# Every bench/*_bench.cc is one Google Benchmark program; the other sources there
# are shared by all of them.

file(GLOB _bench_mains CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*_bench.cc")
file(GLOB _bench_common CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cc")
if(_bench_mains)
  list(REMOVE_ITEM _bench_common ${_bench_mains})
endif()
foreach(_main IN LISTS _bench_mains)
  get_filename_component(_name "${_main}" NAME_WE)
  add_executable(${_name} "${_main}" ${_bench_common})
  target_include_directories(${_name} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${_name} PRIVATE
    lutgemm_internal lutgemm_onednn benchmark::benchmark)
endforeach()
