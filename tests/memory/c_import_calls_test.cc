// Import without memory.
#include "io/kit.h"
#include "memory/c_cases.h"

namespace lutgemm::memory_test {
namespace {

struct Imports {
  test::TempDir dir;
  const std::string path = dir.Put("m.gguf", io_test::MinimalGguf());
  lutgemm_checkpoint* checkpoint = nullptr;
  lutgemm_importer* importer = nullptr;
  lutgemm_quantized* quantized = nullptr;
  std::string data = std::string(36, '\1');
  lutgemm_blocks blocks = LUTGEMM_BLOCKS_INIT;
  alignas(64) std::byte room[4096];
  lutgemm_pack_memory memory = LUTGEMM_PACK_MEMORY_INIT;

  Imports() {
    REQUIRE(lutgemm_checkpoint_open(path.c_str(), &checkpoint) == LUTGEMM_OK);
    REQUIRE(lutgemm_importer_open(checkpoint, nullptr, &importer) == LUTGEMM_OK);
    REQUIRE(lutgemm_import(checkpoint, "w", &quantized) == LUTGEMM_OK);
    blocks.n = 2, blocks.k = 32;
    blocks.data = data.data(), blocks.bytes = data.size();
    memory.blob = room, memory.bytes = sizeof(room);
  }
  ~Imports() {
    lutgemm_quantized_free(quantized);
    lutgemm_importer_free(importer);
    lutgemm_checkpoint_free(checkpoint);
  }
};

void AddReading(Cases& cases, const Imports& i) {
  Makes<lutgemm_importer>(cases, "lutgemm_importer_open",
                          {&lutgemm_importer_free, [&i](lutgemm_importer** out) {
                             return lutgemm_importer_open(i.checkpoint, nullptr, out);
                           }});
  for (const char* name : {"w", "a name that is in no file at all"}) {
    const Code expected = std::string(name) == "w" ? Code::kOk : Code::kNotFound;
    Makes<lutgemm_quantized>(cases, "lutgemm_importer_import",
                             {&lutgemm_quantized_free,
                              [&i, name](lutgemm_quantized** out) {
                                return lutgemm_importer_import(i.importer, name, nullptr, out);
                              }},
                             expected);
    Makes<lutgemm_quantized>(
        cases, "lutgemm_import",
        {&lutgemm_quantized_free,
         [&i, name](lutgemm_quantized** out) { return lutgemm_import(i.checkpoint, name, out); }},
        expected);
    const auto find = [&i, name] {
      lutgemm_importable told = LUTGEMM_IMPORTABLE_INIT;
      return lutgemm_importer_find(i.importer, name, &told, nullptr);
    };
    Ends(cases, "lutgemm_importer_find", find, expected);
  }
  Makes<lutgemm_quantized>(cases, "lutgemm_import_blocks",
                           {&lutgemm_quantized_free, [&i](lutgemm_quantized** out) {
                              return lutgemm_import_blocks(&i.blocks, nullptr, out);
                            }});
  Makes<lutgemm_packed>(cases, "lutgemm_pack_blocks",
                        {&lutgemm_packed_free, [&i](lutgemm_packed** out) {
                           return lutgemm_pack_blocks(&i.blocks, nullptr, out);
                         }});
  Makes<lutgemm_packed>(cases, "lutgemm_pack_blocks_into",
                        {&lutgemm_packed_free, [&i](lutgemm_packed** out) {
                           return lutgemm_pack_blocks_into(&i.blocks, &i.memory, out);
                         }});
}

void AddTelling(Cases& cases, const Imports& i) {
  for (const size_t index : {0, 99}) {
    const auto weights = [&i, index] {
      lutgemm_importable told = LUTGEMM_IMPORTABLE_INIT;
      return lutgemm_importer_weights(i.importer, index, &told, nullptr);
    };
    Ends(cases, "lutgemm_importer_weights", weights, index == 0 ? Code::kOk : Code::kNotFound);
  }
  for (const size_t k : {size_t{32}, size_t{31}}) {
    const auto info = [k] {
      lutgemm_weight_info told = LUTGEMM_WEIGHT_INFO_INIT;
      return lutgemm_gguf_info(LUTGEMM_GGUF_Q4_0, 2, k, &told);
    };
    Ends(cases, "lutgemm_gguf_info", info, k == 32 ? Code::kOk : Code::kBadShape);
  }
  const auto parse = [](const char* name) {
    return [name] {
      uint32_t convention = 0;
      return lutgemm_parse_convention(name, &convention);
    };
  };
  Ends(cases, "lutgemm_parse_convention", parse("gguf"));
  Ends(cases, "lutgemm_parse_convention", parse("none of them"), Code::kBadArgument);
  Is(cases, "lutgemm_convention_name", [] { return lutgemm_convention_name(1) != nullptr; });
  Is(cases, "lutgemm_importer_count", [&i] { return lutgemm_importer_count(i.importer) == 1; });
  Is(cases, "lutgemm_gguf_bytes", [] { return lutgemm_gguf_bytes(2, 2, 32) == 36; });
  Is(cases, "lutgemm_quantized_act_order",
     [&i] { return lutgemm_quantized_act_order(i.quantized, nullptr) == nullptr; });
  Is(cases, "lutgemm_importer_free", [] { return true; });  // by every case that makes one
}

}  // namespace

Cases ImportCases() {
  static const Imports imports;
  Cases cases;
  AddReading(cases, imports);
  AddTelling(cases, imports);
  return cases;
}

TEST_CASE("import without memory") { WalkAll(ImportCases()); }

}  // namespace lutgemm::memory_test
