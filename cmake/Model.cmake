# liblutgemm_model: the LUT Tensor Core in software. Of liblutgemm it uses the public interface, and
# inline headers of base/, format/ and layout/: no code is in both.

file(GLOB_RECURSE _model_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/model/*.cc")
lutgemm_object_library(lutgemm_model_objects ${_model_sources})
target_link_libraries(lutgemm_model_objects PRIVATE nlohmann_json::nlohmann_json)

lutgemm_shared_library(lutgemm_model lutgemm_model_objects lutgemm_model.map)
add_library(lutgemm::model ALIAS lutgemm_model)
target_link_libraries(lutgemm_model PUBLIC lutgemm)

add_library(lutgemm_model_static STATIC $<TARGET_OBJECTS:lutgemm_model_objects>)
add_library(lutgemm::model_static ALIAS lutgemm_model_static)
target_link_libraries(lutgemm_model_static INTERFACE lutgemm_static)
set_target_properties(lutgemm_model_static PROPERTIES
  OUTPUT_NAME lutgemm_model LINKER_LANGUAGE CXX)
lutgemm_public(lutgemm_model_static)
foreach(_library lutgemm_model lutgemm_model_static)
  string(REPLACE lutgemm_ "" _exported ${_library})
  set_target_properties(${_library} PROPERTIES EXPORT_NAME ${_exported})
endforeach()
