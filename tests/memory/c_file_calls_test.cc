// Files without memory: checkpoints, packed files and writers.
#include "memory/c_cases.h"

#include "support/temp_dir.h"

namespace lutgemm::memory_test {
namespace {

void AddFiles(Cases& cases, World& w) {
  const auto open = [](const char* path) -> Body {
    return [path](Attempt& attempt) {
      return Make(attempt, &lutgemm_file_free,
                  [&](lutgemm_file** out) { return lutgemm_file_open(path, 1, out); });
    };
  };
  cases.insert({"lutgemm_file_open", {open(kFile), Code::kOk}});
  cases.insert({"lutgemm_file_open", {open("/none/there"), Code::kIo}});
  cases.insert(
      {"lutgemm_file_open", {open(LUTGEMM_TEST_DIR "/CMakeLists.txt"), Code::kCorruptFile}});
  cases.insert({"lutgemm_file_count", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_file_count(w.file) != 0; });
                }}});
  cases.insert({"lutgemm_file_name", {[&w](Attempt& attempt) {
                  return Holds(attempt, [&] { return lutgemm_file_name(w.file, 0); });
                }}});
  const auto get = [&w](const char* name) -> Body {
    return [&w, name](Attempt& attempt) {
      return Make(attempt, &lutgemm_packed_free,
                  [&](lutgemm_packed** out) { return lutgemm_file_get(w.file, name, out); });
    };
  };
  cases.insert({"lutgemm_file_get", {get(lutgemm_file_name(w.file, 0))}});
  cases.insert({"lutgemm_file_get", {get("a name that is in no file at all"), Code::kNotFound}});
}

struct Opened {
  lutgemm_checkpoint* checkpoint = nullptr;
  lutgemm_tensor bias = LUTGEMM_TENSOR_INIT;  // a matrix
  const float values[6] = {1, 2, 3, 4, 5, 6};
  const uint64_t shape[2] = {2, 3};
  lutgemm_array words = LUTGEMM_ARRAY_INIT, bytes = LUTGEMM_ARRAY_INIT;  // of one element each

  explicit Opened(World& w) {
    REQUIRE(lutgemm_file_checkpoint(w.file, &checkpoint) == LUTGEMM_OK);
    bias.name = "a bias of some length, so that it is allocated";
    bias.dtype = "F32";
    bias.shape = shape, bias.dims = 2;
    bias.data = values, bias.bytes = sizeof values;
    words.key = bytes.key = "a key of some length, so that it is allocated";
    words.size = bytes.size = 1;
    words.type = "string", words.data = "\2\0\0\0\0\0\0\0ab", words.bytes = 10;
    bytes.type = "u8", bytes.data = "\7", bytes.bytes = 1;
  }
  ~Opened() { lutgemm_checkpoint_free(checkpoint); }
};

void AddCheckpoints(Cases& cases, World& w, Opened& o) {
  Makes<lutgemm_checkpoint>(cases, "lutgemm_checkpoint_open",
                            {&lutgemm_checkpoint_free, [](lutgemm_checkpoint** out) {
                               return lutgemm_checkpoint_open(kFile, out);
                             }});
  Makes<lutgemm_checkpoint>(
      cases, "lutgemm_checkpoint_open",
      {&lutgemm_checkpoint_free,
       [](lutgemm_checkpoint** out) { return lutgemm_checkpoint_open("/none/there", out); }},
      Code::kIo);
  Makes<lutgemm_checkpoint>(cases, "lutgemm_file_checkpoint",
                            {&lutgemm_checkpoint_free, [&w](lutgemm_checkpoint** out) {
                               return lutgemm_file_checkpoint(w.file, out);
                             }});
  const lutgemm_checkpoint* c = o.checkpoint;
  for (const size_t index : {0, 99}) {
    const auto tensor = [c, index] {
      lutgemm_tensor told = LUTGEMM_TENSOR_INIT;
      return lutgemm_checkpoint_tensor(c, index, &told);
    };
    Ends(cases, "lutgemm_checkpoint_tensor", tensor, index == 0 ? Code::kOk : Code::kNotFound);
  }
  for (const char* name : {"bias", "a name that is in no file at all"}) {
    const auto find = [c, name] {
      lutgemm_tensor told = LUTGEMM_TENSOR_INIT;
      return lutgemm_checkpoint_find(c, name, &told);
    };
    Ends(cases, "lutgemm_checkpoint_find", find,
         std::string(name) == "bias" ? Code::kOk : Code::kNotFound);
  }
  Is(cases, "lutgemm_checkpoint_count", [c] { return lutgemm_checkpoint_count(c) != 0; });
  Is(cases, "lutgemm_checkpoint_metadata_count",
     [c] { return lutgemm_checkpoint_metadata_count(c) != 0; });
  Is(cases, "lutgemm_checkpoint_metadata_key",
     [c] { return lutgemm_checkpoint_metadata_key(c, 0) != nullptr; });
  Is(cases, "lutgemm_checkpoint_metadata_value", [c] {
    const char* key = lutgemm_checkpoint_metadata_key(c, 0);
    return lutgemm_checkpoint_metadata_value(c, key) != nullptr;
  });
  Is(cases, "lutgemm_checkpoint_container",
     [c] { return lutgemm_checkpoint_container(c) != nullptr; });
  Is(cases, "lutgemm_checkpoint_path_count", [c] { return lutgemm_checkpoint_path_count(c) == 1; });
  Is(cases, "lutgemm_checkpoint_path", [c] { return lutgemm_checkpoint_path(c, 0) != nullptr; });
  Is(cases, "lutgemm_checkpoint_is_packed", [c] { return lutgemm_checkpoint_is_packed(c) == 1; });
  Ends(
      cases, "lutgemm_checkpoint_array",
      [c] {
        lutgemm_array told = LUTGEMM_ARRAY_INIT;
        return lutgemm_checkpoint_array(c, "an array that is in no file at all", &told);
      },
      Code::kNotFound);
  Ends(cases, "lutgemm_array_strings", [&o] {
    const char* text = nullptr;
    size_t length = 0;
    const lutgemm_status status = lutgemm_array_strings(&o.words, &text, &length);
    return status == LUTGEMM_OK && length != 2 ? LUTGEMM_INTERNAL : status;
  });
  Ends(cases, "lutgemm_array_integers", [&o] {
    int64_t value = 0;
    const lutgemm_status status = lutgemm_array_integers(&o.bytes, &value);
    return status == LUTGEMM_OK && value != 7 ? LUTGEMM_INTERNAL : status;
  });
  Ends(cases, "lutgemm_array_numbers", [&o] {
    double value = 0;
    const lutgemm_status status = lutgemm_array_numbers(&o.bytes, &value);
    return status == LUTGEMM_OK && value != 7 ? LUTGEMM_INTERNAL : status;
  });
  Ends(cases, "lutgemm_tensor_matrix", [&o] {
    lutgemm_matrix matrix = LUTGEMM_MATRIX_INIT;
    return lutgemm_tensor_matrix(&o.bias, &matrix);
  });
  for (const char* name : {"lutgemm_file_free", "lutgemm_checkpoint_free", "lutgemm_writer_free"}) {
    Is(cases, name, [] { return true; });  // by every case that makes one
  }
}

// A call on a writer of its own, which is made and freed while there is memory.
void OnWriter(Cases& cases, const char* name,
              const std::function<lutgemm_status(lutgemm_writer*)>& call,
              Code expected = Code::kOk) {
  const Body body = [call](Attempt& attempt) {
    lutgemm_writer* writer = nullptr;
    REQUIRE(lutgemm_writer_create(&writer) == LUTGEMM_OK);
    REQUIRE(lutgemm_writer_set_metadata(writer, "format", "pt") == LUTGEMM_OK);
    const lutgemm_status status = attempt([&] { return call(writer); });
    lutgemm_writer_free(writer);
    return status;
  };
  cases.insert({name, {body, expected}});
}

// A writer that was made while memory lacked is a whole one, or there is none.
lutgemm_status CreatedWriterWorks(Attempt& attempt) {
  lutgemm_writer* writer = nullptr;
  const lutgemm_status status = attempt([&] { return lutgemm_writer_create(&writer); });
  const bool works = lutgemm_writer_set_metadata(writer, "format", "pt") == LUTGEMM_OK;
  lutgemm_writer_free(writer);
  return works == (status == LUTGEMM_OK) ? status : LUTGEMM_INTERNAL;
}

void AddWriters(Cases& cases, World& w, Opened& o) {
  static const test::TempDir dir;
  static const std::string path = dir / "out", missing = dir / "none/out";
  cases.insert({"lutgemm_writer_create", {CreatedWriterWorks}});
  OnWriter(cases, "lutgemm_writer_add_packed", [&w](lutgemm_writer* writer) {
    return lutgemm_writer_add_packed(writer, "a name of some length, so that it is allocated",
                                     w.packed);
  });
  OnWriter(cases, "lutgemm_writer_add_tensor",
           [&o](lutgemm_writer* writer) { return lutgemm_writer_add_tensor(writer, &o.bias); });
  OnWriter(cases, "lutgemm_writer_set_metadata", [](lutgemm_writer* writer) {
    return lutgemm_writer_set_metadata(writer, "a key of some length, allocated", "value");
  });
  OnWriter(cases, "lutgemm_writer_file_bytes", [](lutgemm_writer* writer) {
    return lutgemm_writer_file_bytes(writer) != 0 ? LUTGEMM_OK : LUTGEMM_OUT_OF_MEMORY;
  });
  for (const std::string* to : {&path, &missing}) {
    const char* name = to->c_str();
    const Code code = to == &path ? Code::kOk : Code::kIo;
    OnWriter(
        cases, "lutgemm_writer_reserve",
        [name](lutgemm_writer* writer) { return lutgemm_writer_reserve(writer, name, 1, 4096); },
        code);
    OnWriter(
        cases, "lutgemm_writer_write",
        [name](lutgemm_writer* writer) { return lutgemm_writer_write(writer, name, 1); }, code);
  }
}

}  // namespace

Cases FileCases() {
  static Opened opened(TheWorld());
  Cases cases;
  AddFiles(cases, TheWorld());
  AddCheckpoints(cases, TheWorld(), opened);
  AddWriters(cases, TheWorld(), opened);
  return cases;
}

TEST_CASE("files without memory") { WalkAll(FileCases()); }

}  // namespace lutgemm::memory_test
