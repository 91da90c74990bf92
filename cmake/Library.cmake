# The library: one set of objects, from which come liblutgemm.so, liblutgemm.a
# and what the tests link.

# The rooms of src/, lowest first. model/ is compiled apart: nothing else in src/
# includes it and it includes no kernel.
set(_rooms base format quant layout ref kernels attention plan io api)
set(_sources "")
foreach(_room IN LISTS _rooms)
  file(GLOB_RECURSE _found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${_room}/*.cc")
  list(APPEND _sources ${_found})
endforeach()
file(GLOB_RECURSE _model_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/model/*.cc")

function(lutgemm_object_library name)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${name} PRIVATE lutgemm_options)
endfunction()

lutgemm_object_library(lutgemm_objects ${_sources})
file(GLOB _kernel_shards CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/src/kernels/*/shard.cc" "${PROJECT_SOURCE_DIR}/src/kernels/calibrate.cc")
target_link_libraries(lutgemm_objects PRIVATE
  hwy::hwy PkgConfig::CPUINFO Threads::Threads nlohmann_json::nlohmann_json lutgemm_xxhash)
if(LUTGEMM_SANITIZE MATCHES "address")
  # Every vector is a variable whose life and address would be checked: compiling the kernels took
  # three times as long, for checks that intrinsics on vectors cannot break.
  set_property(SOURCE ${_kernel_shards} APPEND PROPERTY COMPILE_OPTIONS
    -fno-sanitize=null,alignment,object-size -fno-sanitize-address-use-after-scope)
endif()

set(_objects $<TARGET_OBJECTS:lutgemm_objects>)
if(_model_sources)
  lutgemm_object_library(lutgemm_model ${_model_sources})
  target_link_libraries(lutgemm_model PRIVATE nlohmann_json::nlohmann_json)
  list(APPEND _objects $<TARGET_OBJECTS:lutgemm_model>)
endif()

# Rises when a symbol or struct that programs were linked with goes or changes: CONTRIBUTING.md.
set(LUTGEMM_SOVERSION 0)
add_library(lutgemm SHARED ${_objects})
add_library(lutgemm::lutgemm ALIAS lutgemm)
target_link_libraries(lutgemm PRIVATE
  hwy::hwy PkgConfig::CPUINFO Threads::Threads lutgemm_options)
set(_map "${PROJECT_SOURCE_DIR}/cmake/lutgemm.map")
target_link_options(lutgemm PRIVATE
  "-Wl,--version-script=${_map}" -Wl,--exclude-libs,ALL -Wl,--as-needed)
if(NOT LUTGEMM_SANITIZE AND NOT LUTGEMM_FUZZ)
  target_link_options(lutgemm PRIVATE -Wl,-z,defs)
endif()
set_target_properties(lutgemm PROPERTIES
  LINK_DEPENDS "${_map}" VERSION ${PROJECT_VERSION} SOVERSION ${LUTGEMM_SOVERSION} LINKER_LANGUAGE CXX)

# The archive contains Highway's objects where Highway is static. What it links
# besides is named by bare library names once installed.
add_library(lutgemm_static STATIC ${_objects} ${LUTGEMM_HIGHWAY_OBJECTS})
add_library(lutgemm::lutgemm_static ALIAS lutgemm_static)
set(LUTGEMM_STATIC_LIBS cpuinfo pthread)
if(NOT LUTGEMM_HIGHWAY_OBJECTS)
  list(APPEND LUTGEMM_STATIC_LIBS hwy)
  target_link_libraries(lutgemm_static INTERFACE $<BUILD_INTERFACE:hwy::hwy>)
endif()
target_link_libraries(lutgemm_static INTERFACE
  "$<BUILD_INTERFACE:PkgConfig::CPUINFO;Threads::Threads>"
  "$<INSTALL_INTERFACE:${LUTGEMM_STATIC_LIBS}>")
set_target_properties(lutgemm_static PROPERTIES OUTPUT_NAME lutgemm LINKER_LANGUAGE CXX)

# What a C++ compiler links by itself and a C compiler does not, for programs in C.
set(LUTGEMM_CXX_RUNTIME ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_ITEM LUTGEMM_CXX_RUNTIME ${CMAKE_C_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_DUPLICATES LUTGEMM_CXX_RUNTIME)

# A project in C alone that adds this one links with its C compiler and knows no C++ standard.
set(_links_cxx OFF)
if(PROJECT_IS_TOP_LEVEL OR "CXX" IN_LIST LUTGEMM_PARENT_LANGUAGES)
  set(_links_cxx ON)
else()
  target_link_libraries(lutgemm_static INTERFACE ${LUTGEMM_CXX_RUNTIME} -pthread)
endif()
foreach(_library lutgemm lutgemm_static)
  if(_links_cxx)
    target_compile_features(${_library} INTERFACE cxx_std_20)
  endif()
  target_include_directories(${_library} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endforeach()

# For tests, tools and benchmarks: the archive, in which internals can be reached.
add_library(lutgemm_internal INTERFACE)
target_include_directories(lutgemm_internal INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_compile_definitions(lutgemm_internal INTERFACE
  LUTGEMM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(lutgemm_internal INTERFACE
  lutgemm_static lutgemm_options hwy::hwy PkgConfig::CPUINFO Threads::Threads
  nlohmann_json::nlohmann_json)
