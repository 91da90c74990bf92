# cmake --install: headers, the libraries, the command with its data, and what find_package and
# pkg-config need, for each library its own.

include(CMakePackageConfigHelpers)
set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/lutgemm")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/lutgemm"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp" PATTERN "lutgemm/model" EXCLUDE)
install(TARGETS lutgemm lutgemm_static EXPORT lutgemmTargets)
set(_libraries lutgemm lutgemm_static)
if(LUTGEMM_MODEL)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/lutgemm/model"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/lutgemm")
  install(TARGETS lutgemm_model lutgemm_model_static EXPORT lutgemmModelTargets)
  list(APPEND _libraries lutgemm_model lutgemm_model_static)
endif()
if(TARGET lutgemm_cli)
  install(TARGETS lutgemm_cli)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/data" DESTINATION "${LUTGEMM_SHARE_DIR}")
  install(FILES "${PROJECT_SOURCE_DIR}/tools/command/dse/plot_dse.py"
    DESTINATION "${LUTGEMM_SHARE_DIR}/tools/command/dse")
endif()
# Everything that is installed and built: the name of a library's target is also that of the
# command's file, which a build tool may take it for.
add_custom_target(lutgemm_installed)
add_dependencies(lutgemm_installed ${_libraries})
if(TARGET lutgemm_cli)
  add_dependencies(lutgemm_installed lutgemm_cli)
endif()
# The back end for ggml is one file that needs nothing else here: `cmake --install --component ggml`.
if(TARGET lutgemm_ggml)
  install(TARGETS lutgemm_ggml LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ggml)
  add_dependencies(lutgemm_installed lutgemm_ggml)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE"
  "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
# Headers and help texts name pages as docs/<page>.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(EXPORT lutgemmTargets NAMESPACE lutgemm:: DESTINATION "${_package_dir}")
if(LUTGEMM_MODEL)
  install(EXPORT lutgemmModelTargets NAMESPACE lutgemm:: DESTINATION "${_package_dir}")
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/lutgemmConfig.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/lutgemmConfig.cmake" INSTALL_DESTINATION "${_package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/lutgemmConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/lutgemmConfig.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/lutgemmConfigVersion.cmake" DESTINATION "${_package_dir}")

# The .pc files find their prefix from their own place, so the installed tree can be moved.
file(RELATIVE_PATH _up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" LUTGEMM_PC_UP "${_up}")
set(_private ${LUTGEMM_STATIC_LIBS} ${LUTGEMM_CXX_RUNTIME})
list(TRANSFORM _private PREPEND "-l")
list(APPEND _private -pthread)
list(JOIN _private " " LUTGEMM_PC_LIBS_PRIVATE)
set(_pc_files lutgemm)
if(LUTGEMM_MODEL)
  list(APPEND _pc_files lutgemm_model)
endif()
foreach(_pc IN LISTS _pc_files)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${_pc}.pc.in"
    "${CMAKE_CURRENT_BINARY_DIR}/${_pc}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${_pc}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
