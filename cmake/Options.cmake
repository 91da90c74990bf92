# Compile options of every target of this project. Use: target_link_libraries(
# <target> PRIVATE lutgemm_options).

set(LUTGEMM_SANITIZE "" CACHE STRING "Value for -fsanitize=, e.g. address,undefined")

add_library(lutgemm_options INTERFACE)
target_compile_features(lutgemm_options INTERFACE cxx_std_20)
target_compile_options(lutgemm_options INTERFACE
  # One rounding per operation, everywhere: a fused multiply-add would give the
  # same code other floats on targets that have it. Kernels that want it ask for it.
  -ffp-contract=off
  -Wall -Wextra -Wpedantic -Wshadow -Wcast-qual -Wformat=2 -Wundef -Wvla
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
  $<$<BOOL:${LUTGEMM_WERROR}>:-Werror>)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES
   AND NOT "${CMAKE_CXX_FLAGS}" MATCHES "(^| )-O")
  # A project that adds this one and names no build type would get kernels that nobody optimised,
  # without a word. Who wants those names the build type Debug.
  target_compile_options(lutgemm_options INTERFACE -O3)
  target_compile_definitions(lutgemm_options INTERFACE NDEBUG)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What these find in g++ 12 are false alarms inside inlined standard containers
  # and vector intrinsics; clang and the sanitizers watch the same mistakes.
  target_compile_options(lutgemm_options INTERFACE
    -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict
    -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12's own std::stable_sort calls a function that it deprecates.
  target_compile_options(lutgemm_options INTERFACE -Wno-deprecated-declarations)
endif()
target_compile_definitions(lutgemm_options INTERFACE
  $<$<BOOL:${LUTGEMM_ONLY_PORTABLE}>:LUTGEMM_ONLY_PORTABLE=1>)

if(LUTGEMM_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "LUTGEMM_FUZZ needs clang: configure with the preset 'fuzz'")
  endif()
  target_compile_options(lutgemm_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(LUTGEMM_SANITIZE)
  set(_sanitize -fsanitize=${LUTGEMM_SANITIZE} -fno-sanitize-recover=all)
  target_compile_options(lutgemm_options INTERFACE ${_sanitize} -fno-omit-frame-pointer)
  target_link_options(lutgemm_options INTERFACE ${_sanitize})
endif()

# For sources that are not hot and whose templates (option parsing, JSON) optimisers work long on.
set(LUTGEMM_COLD_OPTIONS "")
if(LUTGEMM_SANITIZE)
  set(LUTGEMM_COLD_OPTIONS -O0)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(LUTGEMM_COLD_OPTIONS -O1)
endif()
