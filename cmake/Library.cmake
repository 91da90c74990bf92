# The libraries: liblutgemm, liblutgemm_model beside it (Model.cmake), and the oracle of the
# tests. Each is one set of objects, from which come a shared library, an archive and what the
# tests link.

# The rooms of liblutgemm, lowest first.
set(_rooms base format quant layout kernels attention plan io import api)
set(_sources "")
foreach(_room IN LISTS _rooms)
  file(GLOB_RECURSE _found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${_room}/*.cc")
  list(APPEND _sources ${_found})
endforeach()

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

# A C++ program links what headers need; one in C alone knows no C++ standard.
set(LUTGEMM_LINKS_CXX OFF)
if(PROJECT_IS_TOP_LEVEL OR "CXX" IN_LIST LUTGEMM_PARENT_LANGUAGES)
  set(LUTGEMM_LINKS_CXX ON)
endif()

# Rises when a symbol or struct that programs were linked with goes or changes: CONTRIBUTING.md.
set(LUTGEMM_SOVERSION 0)

# What users of a library need: its headers, by where they are.
function(lutgemm_public library)
  if(LUTGEMM_LINKS_CXX)
    target_compile_features(${library} INTERFACE cxx_std_20)
  endif()
  target_include_directories(${library} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endfunction()

# lutgemm_shared_library(NAME OBJECTS MAP): lib<NAME>.so of objects, exporting what the map says.
function(lutgemm_shared_library name objects map)
  add_library(${name} SHARED $<TARGET_OBJECTS:${objects}>)
  target_link_libraries(${name} PRIVATE lutgemm_options)
  set(_map "${PROJECT_SOURCE_DIR}/cmake/${map}")
  target_link_options(${name} PRIVATE
    "-Wl,--version-script=${_map}" -Wl,--exclude-libs,ALL -Wl,--as-needed)
  if(NOT LUTGEMM_SANITIZE AND NOT LUTGEMM_FUZZ)
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  set_target_properties(${name} PROPERTIES
    LINK_DEPENDS "${_map}" VERSION ${PROJECT_VERSION} SOVERSION ${LUTGEMM_SOVERSION}
    LINKER_LANGUAGE CXX)
  lutgemm_public(${name})
endfunction()

lutgemm_shared_library(lutgemm lutgemm_objects lutgemm.map)
add_library(lutgemm::lutgemm ALIAS lutgemm)
target_link_libraries(lutgemm PRIVATE hwy::hwy PkgConfig::CPUINFO Threads::Threads)

# The archive contains Highway's objects where Highway is static. What it links
# besides is named by bare library names once installed.
add_library(lutgemm_static STATIC $<TARGET_OBJECTS:lutgemm_objects> ${LUTGEMM_HIGHWAY_OBJECTS})
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
lutgemm_public(lutgemm_static)

# What a C++ compiler links by itself and a C compiler does not, for programs in C.
set(LUTGEMM_CXX_RUNTIME ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_ITEM LUTGEMM_CXX_RUNTIME ${CMAKE_C_IMPLICIT_LINK_LIBRARIES})
list(REMOVE_DUPLICATES LUTGEMM_CXX_RUNTIME)
if(NOT LUTGEMM_LINKS_CXX)
  target_link_libraries(lutgemm_static INTERFACE ${LUTGEMM_CXX_RUNTIME} -pthread)
endif()

if(LUTGEMM_MODEL)
  include(Model)
endif()

# The oracle: every step as a scalar loop, for tests and for what of the command compares with it.
# No part of any library that is installed.
file(GLOB_RECURSE _oracle_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/ref/*.cc")
add_library(lutgemm_ref STATIC ${_oracle_sources})
target_include_directories(lutgemm_ref PUBLIC
  "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(lutgemm_ref PRIVATE lutgemm_options PUBLIC lutgemm_static)

# For tests, tools and benchmarks: the archives, in which internals can be reached.
add_library(lutgemm_internal INTERFACE)
target_include_directories(lutgemm_internal INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_compile_definitions(lutgemm_internal INTERFACE
  LUTGEMM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
target_link_libraries(lutgemm_internal INTERFACE
  $<TARGET_NAME_IF_EXISTS:lutgemm_model_static> lutgemm_ref lutgemm_static lutgemm_options
  hwy::hwy PkgConfig::CPUINFO Threads::Threads nlohmann_json::nlohmann_json)
