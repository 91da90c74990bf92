"""interface_test.py [LIBRARY [NM]]: C can do whatever C++ can, and the shared library shows what the
headers declare and nothing else. c_equivalents.toml has the C name of every C++ one."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
try:
    import tomllib
except ModuleNotFoundError:
    print("SKIPPED: reading TOML needs Python 3.11 or newer")
    sys.exit(77)
import headers  # noqa: E402

TABLE = tomllib.loads((HERE / "c_equivalents.toml").read_text())
CPP = headers.public_cpp(ROOT / "include")
C = headers.public_c(ROOT / "include")


def upper(name):
    """kSmallM -> SMALL_M, kBF16 -> BF16."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.removeprefix("k")).upper()


def function_faults(table, cpp, c):
    faults = []
    for name, overloads in cpp.functions.items():
        given = table["functions"].get(name)
        if given is None and name not in table["cpp_only"]:
            faults.append(f"{name}: no C function is named; add one, or a reason to cpp_only")
        elif given is not None and len(given) != len(overloads):
            faults.append(f"{name} has {len(overloads)} overloads: {overloads}; C functions: {given}")
    for name in [*table["functions"], *table["cpp_only"]]:
        if name not in cpp.functions:
            faults.append(f"{name} is no public C++ function")
    used = {call for calls in table["functions"].values() for call in calls}
    faults += [f"{call} is not declared in C" for call in sorted(used | {*table["c_only"]})
               if call not in c.functions]
    faults += [f"{call}: no C++ name stands for it" for call in c.functions
               if call not in used and call not in table["c_only"]]
    return faults


def c_field(table, name):
    """The struct and field that the table gives for a C++ field, or None."""
    if name in table["fields"]:
        return table["fields"][name].split(".")
    struct, _, field = name.rpartition("::")
    return [table["structs"][struct], field] if struct in table["structs"] else None


def field_faults(table, cpp, c):
    faults = []
    for name in cpp.fields:
        place = c_field(table, name)
        if place is None or place[1] not in c.structs.get(place[0], {}):
            faults.append(f"{name}: no field of a C struct: {place}")
    known = {name.rpartition("::")[0] for name in cpp.fields}
    faults += [f"{name} is no C++ struct" for name in table["structs"] if name not in known]
    faults += [f"{name} is no C++ field" for name in table["fields"] if name not in cpp.fields]
    return faults


def value_faults(table, cpp, c):
    faults = []
    for enum, values in cpp.enums.items():
        for name, value in values.items():
            c_name = table["enums"].get(enum, "?") + upper(name)
            if c.enumerators.get(c_name) != value:
                faults.append(f"{enum}::{name} is {value}; {c_name}: {c.enumerators.get(c_name)}")
    faults += [f"{name}: no C macro" for name in cpp.constants
               if table["constants"].get(name) not in c.macros]
    faults += [f"{name} is no C++ enum" for name in table["enums"] if name not in cpp.enums]
    faults += [f"{name} is no constant" for name in table["constants"] if name not in cpp.constants]
    return faults


def own_name(demangled):
    """`Plan::Run` of `lutgemm::Plan::Run(void const*, ...) const`; C names stay."""
    name = re.sub(r"^(vtable|typeinfo|typeinfo name) for ", "", demangled)
    name = re.sub(r"\[abi:\w+\]", "", name.split("(")[0])
    return name.removeprefix("lutgemm::")


def symbol_faults(symbols, cpp, c):
    """`symbols` are those that a shared library defines, demangled."""
    declared = {*cpp.functions, *cpp.classes,
                "Status::Copy"}  # private, but inline members call it
    faults = []
    for symbol in symbols:
        name = own_name(symbol)
        owner, _, member = name.rpartition("::")
        special = member.startswith(("~", "operator")) or member == owner.rpartition("::")[2]
        if name not in (c.functions if name.startswith("lutgemm_") else declared) and not (
                special and owner in cpp.classes):
            faults.append(f"{symbol} is exported and not declared in a public header")
    return faults + [f"{name} is not exported" for name in c.functions if name not in symbols]


class TheInterfaces(unittest.TestCase):
    def test_functions(self):
        self.assertEqual(function_faults(TABLE, CPP, C), [])

    def test_fields(self):
        self.assertEqual(field_faults(TABLE, CPP, C), [])

    def test_enumerators_and_constants(self):
        self.assertEqual(value_faults(TABLE, CPP, C), [])

    def test_much_was_read(self):
        self.assertGreater(len(CPP.functions), 100)
        self.assertGreater(len(CPP.fields), 80)
        self.assertGreater(len(C.functions), 130)
        self.assertGreater(len(C.structs), 15)

    @unittest.skipIf(len(sys.argv) < 2, "no library given")
    def test_symbols(self):
        nm = sys.argv[2] if len(sys.argv) > 2 else "nm"
        listed = subprocess.run([nm, "-D", "-C", "--defined-only", sys.argv[1]], check=True,
                                capture_output=True, text=True).stdout
        symbols = {line.split(maxsplit=2)[2] for line in listed.splitlines()}
        self.assertEqual(symbol_faults(symbols, CPP, C), [])


NEW_CPP = {
    "a function": ("LUTGEMM_API Status Sort(int a) noexcept;", function_faults, "Sort: no C"),
    "a method": ("class LUTGEMM_API Plan { public: int depth() const { return 1; } };",
                 function_faults, "Plan::depth: no C"),
    "an overload": ("LUTGEMM_API int CodeBits(std::span<const int> formats) noexcept;",
                    function_faults, "CodeBits has 2 overloads"),
    "a constructor": ("class PackedWriter { public: explicit PackedWriter(int fd); };",
                      function_faults, "PackedWriter::PackedWriter has 2 overloads"),
    "a field": ("struct Problem { int depth = 3, width{}; };", field_faults, "Problem::width"),
    "a struct": ("struct Shape { size_t m; };", field_faults, "Shape::m"),
    "an enumerator": ("enum class Extra : uint8_t { kA = 1 };", value_faults, "Extra::kA"),
    "a constant": ("inline constexpr size_t kMost = size_t{1} << 3;", value_faults, "kMost"),
}
HIDDEN_CPP = [
    "class Plan { private: int depth() const; int depth_; };",
    "class KvCache { public: KvCache(KvCache&&) noexcept; ~KvCache(); private: struct State; };",
    "struct Codebook { bool operator==(const Codebook&) const = default; };",
    "// int Comment();\n#define MACRO(a) \\\n  int Call(a);\nclass Forward;",
]


class TheReader(unittest.TestCase):
    """What is added to the headers is missed in the table."""

    @staticmethod
    def with_more(text):
        texts = headers.texts_under(ROOT / "include", "lutgemm/*.hpp")
        return headers.cpp_headers([*texts, "namespace lutgemm {\n" + text + "\n}"])

    def test_every_kind_of_addition_is_found(self):
        for kind, (text, faults_of, expected) in NEW_CPP.items():
            with self.subTest(kind):
                faults = faults_of(TABLE, self.with_more(text), C)
                self.assertTrue(any(expected in fault for fault in faults), faults)

    def test_what_is_private_or_of_the_language_is_none(self):
        for text in HIDDEN_CPP:
            with self.subTest(text):
                cpp = self.with_more(text)
                self.assertEqual(function_faults(TABLE, cpp, C), [])
                self.assertEqual(field_faults(TABLE, cpp, C), [])

    def test_c_functions_must_exist_and_be_listed(self):
        c = headers.public_c(ROOT / "include")
        del c.functions["lutgemm_run"]
        self.assertEqual(function_faults(TABLE, CPP, c), ["lutgemm_run is not declared in C"])
        c = headers.public_c(ROOT / "include")
        c.functions["lutgemm_more"] = "int(void)"
        self.assertEqual(function_faults(TABLE, CPP, c), ["lutgemm_more: no C++ name stands for it"])

    def test_symbols_that_are_missing_or_too_many(self):
        good = {*C.functions, "lutgemm::Plan::Run(void const*) const", "vtable for lutgemm::Threads",
                "lutgemm::KvCache::~KvCache()", "lutgemm::PackedFile::names[abi:cxx11]() const"}
        self.assertEqual(symbol_faults(good, CPP, C), [])
        for bad in ["lutgemm::plan::Choose(int)", "lutgemm::PackedWriter::State::Header()",
                    "lutgemm_secret", "lutgemm::Plan::Hidden()"]:
            self.assertEqual(len(symbol_faults(good | {bad}, CPP, C)), 1, bad)
        self.assertEqual(symbol_faults(good - {"lutgemm_run"}, CPP, C), ["lutgemm_run is not exported"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
