# Every public header compiles alone, twice over, as C++20; the .h ones as C99 too.
# A header that does not breaks the build.

file(GLOB _headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/include"
  "${PROJECT_SOURCE_DIR}/include/lutgemm/*.h" "${PROJECT_SOURCE_DIR}/include/lutgemm/c/*.h"
  "${PROJECT_SOURCE_DIR}/include/lutgemm/*.hpp" "${PROJECT_SOURCE_DIR}/include/lutgemm/model/*.hpp")
set(_stubs "")
foreach(_header IN LISTS _headers)
  set(_languages cc)
  if(_header MATCHES "\\.h$")
    list(APPEND _languages c)
  endif()
  foreach(_language IN LISTS _languages)
    set(_stub "${CMAKE_CURRENT_BINARY_DIR}/headers/${_header}.${_language}")
    file(CONFIGURE OUTPUT "${_stub}" CONTENT 
      "#include <${_header}>\n#include <${_header}>\nextern int lutgemm_header_check;\n")
    list(APPEND _stubs "${_stub}")
  endforeach()
endforeach()
add_library(lutgemm_header_check OBJECT ${_stubs})
target_include_directories(lutgemm_header_check PRIVATE "${PROJECT_SOURCE_DIR}/include")
target_link_libraries(lutgemm_header_check PRIVATE lutgemm_options)
