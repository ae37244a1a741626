# What `cmake --install` and the Debian package consist of.
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pleth)

install(TARGETS pleth_static pleth_shared EXPORT pleth-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES include/pleth/pleth.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pleth)

install(EXPORT pleth-targets NAMESPACE pleth:: DESTINATION ${config_dir})
configure_package_config_file(cmake/pleth-config.cmake.in pleth-config.cmake
                              INSTALL_DESTINATION ${config_dir}
                              NO_SET_AND_CHECK_MACRO)
# In 0.x a new minor version may change the interface.
write_basic_package_version_file(pleth-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/pleth-config.cmake
              ${PROJECT_BINARY_DIR}/pleth-config-version.cmake DESTINATION ${config_dir})

# pleth.pc says where it lies itself, so that the installed tree can be moved.
file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(cmake/pleth.pc.in pleth.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pleth.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(PLETH_TOOL)
    install(TARGETS pleth_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES pleth.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

    # Kept networks, each with its card. Those that learned from recordings which may not be passed on
    # are a component of their own, which neither `cmake --install` nor the package holds unasked.
    install(DIRECTORY models/free/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pleth/models)
    install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pleth/models/research
            COMPONENT models-research EXCLUDE_FROM_ALL PATTERN free EXCLUDE)
    # the tool of a build finds the free ones beside it (not where it is built among the sources)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/models/free ${PROJECT_BINARY_DIR}/models RESULT linked SYMBOLIC)
endif()
# Where it is installed, the README's links lead to what is installed.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS README.md)
file(READ README.md readme)
file(RELATIVE_PATH doc_to_include /${CMAKE_INSTALL_DOCDIR} /${CMAKE_INSTALL_INCLUDEDIR})
string(REPLACE "(include/pleth/" "(${doc_to_include}/pleth/" readme "${readme}")
string(REPLACE "(LICENSE)" "(copyright)" readme "${readme}")
file(WRITE ${PROJECT_BINARY_DIR}/README.md "${readme}")
install(FILES ${PROJECT_BINARY_DIR}/README.md CHANGELOG.md CONTRIBUTING.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN *.md PATTERN *.png)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# `cpack` in a build directory makes the .deb, which depends on what the tool links.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pleth)
set(CPACK_PACKAGE_VENDOR "pleth contributors")
set(CPACK_PACKAGE_CONTACT "pleth contributors <pleth@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pulse and breathing from a camera or a wearable sensor")
set(CPACK_PACKAGE_DESCRIPTION "Measures pulse and breathing from the video of a face or from a colour
trace and says how sure it is. Contains the tool and the C library with its header. Not a medical
device. The code of pleth is under the MIT licence; Debian builds FFmpeg, which the tool links, under
the GPL, so that the package as a whole falls under the GPL.")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# `cpack -D CPACK_DEB_COMPONENT_INSTALL=ON -D CPACK_COMPONENTS_ALL=models-research` makes the other one.
set(CPACK_COMPONENT_MODELS-RESEARCH_DESCRIPTION "Heart-rate networks for pleth that learned from recordings
which are for academic research and may not be passed on; NOTICE.md says whose. Not a medical device.")
set(CPACK_DEBIAN_MODELS-RESEARCH_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_MODELS-RESEARCH_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_MODELS-RESEARCH_PACKAGE_DEPENDS pleth)
find_program(dpkg_shlibdeps dpkg-shlibdeps)
if(dpkg_shlibdeps)
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
