"""abi.py --build DIR [--cc CC] [--nm NM] [--update]: what programs that are linked with
liblutgemm.so rely on, against abi/lutgemm.abi.

That is: C functions with their types, structs with sizes and offsets, enumerators, macros that are
numbers, and C++ symbols. Without --update: says what differs, and exits with 1 if anything does.
With it: writes the file, unless the change breaks programs and the version does not say so:

  from version 1.0 on   a break needs a larger SOVERSION (cmake/Library.cmake), an addition a
                        larger minor version than the one that the file was written for
  before                a break needs a larger minor version, as find_package asks for the same one
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import headers  # noqa: E402

ROOT = HERE.parents[1]
FILE = HERE / "abi" / "lutgemm.abi"
COMMAND = "python3 tests/api/abi.py --build build/release --update"
INTRO = f"""\
# The binary interface of liblutgemm.so on 64-bit Linux. CONTRIBUTING.md has the rules.
# After a change: {COMMAND}
"""


@dataclass
class Abi:
    version: tuple = (0, 0)  # major, minor
    soversion: int = 0
    entries: dict = field(default_factory=dict)  # "kind name" -> value

    def text(self):
        lines = [f"version {self.version[0]}.{self.version[1]}", f"soversion {self.soversion}"]
        lines += [f"{name} {value}".rstrip() for name, value in self.entries.items()]
        return INTRO + "\n".join(lines) + "\n"


def parsed(text):
    abi = Abi()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        kind, name, value = [*line.split(" ", 2), ""][:3]
        if kind == "version":
            abi.version = tuple(int(part) for part in name.split("."))
        elif kind == "soversion":
            abi.soversion = int(name)
        else:
            abi.entries[f"{kind} {name}"] = value
    return abi


def layout_program(c):
    """A C program that prints the size of every struct and where its fields are."""
    lines = ["#include <lutgemm/lutgemm.h>", "#include <stdio.h>", "int main(void) {"]
    for struct, fields in c.structs.items():
        lines.append(f'  printf("{struct} %zu\\n", sizeof({struct}));')
        lines += [f'  printf("{struct}.{name} %zu\\n", offsetof({struct}, {name}));'
                  for name in fields]
    return "\n".join([*lines, "  return 0;", "}"]) + "\n"


def layouts(c, include, cc):
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "layouts.c", Path(folder) / "layouts"
        source.write_text(layout_program(c))
        subprocess.run([cc, "-std=c99", f"-I{include}", str(source), "-o", str(program)], check=True)
        printed = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in printed.splitlines())


def cpp_symbols(library, nm):
    """Mangled, without what compilers may or may not put into a library: weak symbols."""
    listed = subprocess.run([nm, "-D", "--defined-only", str(library)], check=True,
                            capture_output=True, text=True).stdout
    symbols = [line.split()[1:] for line in listed.splitlines()]
    return sorted(name for kind, name in symbols if kind in "TDBR" and name.startswith("_Z"))


def dumped(include, library, cc="cc", nm="nm"):
    c = headers.public_c(include)
    abi = Abi(version=(int(c.macros["LUTGEMM_VERSION_MAJOR"]),
                       int(c.macros["LUTGEMM_VERSION_MINOR"])))
    soname = subprocess.run(["readelf", "-d", str(library)], check=True, capture_output=True,
                            text=True).stdout
    abi.soversion = int(re.search(r"SONAME.*\.so\.(\d+)\]", soname)[1])
    entries = abi.entries
    entries.update({f"function {n}": c.functions[n] for n in sorted(c.functions)})
    places = layouts(c, include, cc)
    for struct in sorted(c.structs):
        entries[f"struct {struct}"] = places[struct]
        for name, kind in c.structs[struct].items():
            entries[f"field {struct}.{name}"] = f"{places[f'{struct}.{name}']} {kind}"
    entries.update({f"enumerator {n}": str(v) for n, v in sorted(c.enumerators.items())})
    entries.update({f"macro {n}": v for n, v in sorted(c.macros.items())
                    if not n.startswith("LUTGEMM_VERSION")})
    entries.update({f"symbol {n}": "" for n in cpp_symbols(library, nm)})
    return abi


@dataclass
class Change:
    breaks: list
    additions: list


def grown(old, new, struct):
    """Whether a struct only became longer: callers tell its size in struct_size."""
    return (f"field {struct}.struct_size" in old.entries and
            int(new.entries[f"struct {struct}"]) > int(old.entries[f"struct {struct}"]))


def compare(old, new):
    change = Change([], [])
    for name, value in old.entries.items():
        kind, _, what = name.partition(" ")
        if name not in new.entries:
            change.breaks.append(f"gone: {name} {value}")
        elif new.entries[name] != value:
            text = f"{name}: {value} is now {new.entries[name]}"
            longer = kind == "struct" and grown(old, new, what)
            (change.additions if longer else change.breaks).append(text)
    for name, value in new.entries.items():
        if name in old.entries:
            continue
        kind, _, what = name.partition(" ")
        struct = what.split(".")[0]
        inside = kind == "field" and f"struct {struct}" in old.entries and (
            int(value.split()[0]) < int(old.entries[f"struct {struct}"]))
        text = f"new: {name} {value}".rstrip()
        (change.breaks if inside else change.additions).append(text)
    return change


def refusal(old, new):
    """Why the file may not be written, or None."""
    change = compare(old, new)
    stable = old.version[0] >= 1
    raised = new.soversion > old.soversion
    if new.version < old.version or new.soversion < old.soversion:
        return "version or SOVERSION is smaller than the file's"
    if change.breaks and not raised and (stable or new.version == old.version):
        needed = "a larger SOVERSION" if stable else "a larger minor version"
        return f"this breaks programs and needs {needed}:\n  " + "\n  ".join(change.breaks)
    if change.additions and stable and new.version == old.version:
        return "this adds and needs a larger minor version:\n  " + "\n  ".join(change.additions)
    return None


def differences(old, new):
    """What a reader must be told, empty where nothing differs."""
    change = compare(old, new)
    lines = [*change.breaks, *change.additions]
    if (old.version, old.soversion) != (new.version, new.soversion):
        lines.append(f"version {old.version}, SOVERSION {old.soversion} is now {new.version}, "
                     f"{new.soversion}")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    old = parsed(FILE.read_text()) if FILE.exists() else Abi()
    new = dumped(ROOT / "include", arguments.build / "liblutgemm.so", arguments.cc, arguments.nm)
    lines = differences(old, new)
    if not lines:
        return 0
    why = refusal(old, new)
    if arguments.update and (why is None or not old.entries):
        FILE.write_text(new.text())
        return 0
    print("\n".join(lines), why or f"{FILE.name} is not that of the build: {COMMAND}", sep="\n\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
