# Toolchain: the newest clang on this machine.

set(_c_names "")
set(_cxx_names "")
foreach(_version RANGE 30 14 -1)
  list(APPEND _c_names clang-${_version})
  list(APPEND _cxx_names clang++-${_version})
endforeach()
find_program(LUTGEMM_CLANG NAMES ${_c_names} clang REQUIRED)
find_program(LUTGEMM_CLANGXX NAMES ${_cxx_names} clang++ REQUIRED)
set(CMAKE_C_COMPILER "${LUTGEMM_CLANG}")
set(CMAKE_CXX_COMPILER "${LUTGEMM_CLANGXX}")
