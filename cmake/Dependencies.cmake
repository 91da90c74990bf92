# Third-party libraries, each as one target. Only the first five reach the
# library, all of them privately.

include("${CMAKE_CURRENT_LIST_DIR}/Highway.cmake")  # hwy::hwy

# Debian's CMake package of cpuinfo is broken; its pkg-config file is fine.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CPUINFO REQUIRED IMPORTED_TARGET libcpuinfo)

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)

# All of it is compiled into the library from its header; nothing is linked.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
mark_as_advanced(XXHASH_INCLUDE_DIR)
add_library(lutgemm_xxhash INTERFACE)
target_include_directories(lutgemm_xxhash SYSTEM INTERFACE "${XXHASH_INCLUDE_DIR}")

# A static Highway becomes part of liblutgemm.a, so that users of the archive need
# no Highway of their own. A shared one stays an ordinary dependency.
set(LUTGEMM_HIGHWAY_OBJECTS "")
get_target_property(_hwy_type hwy::hwy TYPE)
if(_hwy_type STREQUAL "STATIC_LIBRARY")
  foreach(_property IMPORTED_LOCATION_RELEASE IMPORTED_LOCATION_NOCONFIG IMPORTED_LOCATION)
    get_target_property(_hwy_archive hwy::hwy ${_property})
    if(_hwy_archive)
      break()
    endif()
  endforeach()
  set(_hwy_objects "${CMAKE_CURRENT_BINARY_DIR}/highway_objects")
  file(REMOVE_RECURSE "${_hwy_objects}")
  file(MAKE_DIRECTORY "${_hwy_objects}")
  execute_process(COMMAND "${CMAKE_AR}" x "${_hwy_archive}"
    WORKING_DIRECTORY "${_hwy_objects}" COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB LUTGEMM_HIGHWAY_OBJECTS "${_hwy_objects}/*.o")
endif()

# Tools, tests and benchmarks only.
if(LUTGEMM_TOOLS)
  find_package(CLI11 REQUIRED)
  find_package(fmt REQUIRED)
endif()
if(LUTGEMM_TESTS)
  find_package(doctest REQUIRED)
endif()
if(LUTGEMM_BENCH)
  find_package(benchmark QUIET)
endif()

# oneDNN is optional. Debian's CMake package of it asks for OpenCL, so look for
# the files. lutgemm_onednn is empty where it is missing.
add_library(lutgemm_onednn INTERFACE)
find_path(DNNL_INCLUDE_DIR dnnl.hpp)
find_library(DNNL_LIBRARY dnnl)
mark_as_advanced(DNNL_INCLUDE_DIR DNNL_LIBRARY)
if(DNNL_INCLUDE_DIR AND DNNL_LIBRARY)
  foreach(_header oneapi/dnnl/dnnl_version.h dnnl_version.h)
    if(EXISTS "${DNNL_INCLUDE_DIR}/${_header}")
      file(STRINGS "${DNNL_INCLUDE_DIR}/${_header}" _dnnl_major
        REGEX "define DNNL_VERSION_MAJOR +[0-9]+")
      string(REGEX MATCH "[0-9]+" _dnnl_major "${_dnnl_major}")
      break()
    endif()
  endforeach()
  target_include_directories(lutgemm_onednn SYSTEM INTERFACE "${DNNL_INCLUDE_DIR}")
  target_link_libraries(lutgemm_onednn INTERFACE "${DNNL_LIBRARY}")
  target_compile_definitions(lutgemm_onednn INTERFACE
    LUTGEMM_HAVE_ONEDNN=1 LUTGEMM_ONEDNN_MAJOR=${_dnnl_major})
endif()
