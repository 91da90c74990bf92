# Finds Highway >= 1.2 and defines hwy::hwy.
#
# Order: CMAKE_PREFIX_PATH and the system, then the private prefix that
# tools/setup.sh builds. An older installed Highway is passed over.

set(LUTGEMM_HIGHWAY_MIN 1.2)
get_filename_component(_lutgemm_root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

find_package(hwy ${LUTGEMM_HIGHWAY_MIN} CONFIG QUIET)
if(NOT hwy_FOUND)
  file(GLOB _lutgemm_prefixes LIST_DIRECTORIES true "${_lutgemm_root}/build/deps/highway/[0-9]*")
  list(SORT _lutgemm_prefixes COMPARE NATURAL ORDER DESCENDING)
  foreach(_prefix IN LISTS _lutgemm_prefixes)
    unset(hwy_DIR CACHE)
    find_package(hwy ${LUTGEMM_HIGHWAY_MIN} CONFIG QUIET PATHS "${_prefix}" NO_DEFAULT_PATH)
    if(hwy_FOUND)
      break()
    endif()
  endforeach()
endif()
if(NOT hwy_FOUND)
  message(FATAL_ERROR
    "Highway >= ${LUTGEMM_HIGHWAY_MIN} was not found. Run tools/setup.sh, which builds it into "
    "build/deps/highway, or name its prefix in CMAKE_PREFIX_PATH.")
endif()
