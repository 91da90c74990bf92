#!/usr/bin/env python3
"""Checks that includes point only downward through the rooms of src/.

    check_layers.py [ROOT]

Prints one line per wrong include and exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

# What each room may include besides its own files and the public headers. Rooms
# on one level (see CONTRIBUTING.md) do not appear in each other's sets.
_SHARED = {"base", "format", "layout"}
_BELOW_PLAN = _SHARED | {"quant", "kernels"}
_MODEL_BLOCKS = _SHARED | {"model/isa"}
_MODEL_TOP = _MODEL_BLOCKS | {"model/func", "model/units", "model/tlmm", "model/text"}
ROOMS = {
    "base": set(),
    "format": {"base"},
    "quant": {"base", "format"},
    "layout": {"base", "format"},
    "ref": _SHARED | {"quant"},
    "kernels": _SHARED,
    "attention": {"base", "format", "kernels"},
    "plan": _BELOW_PLAN,
    "io": _BELOW_PLAN | {"plan"},
    "import": _SHARED | {"quant", "io"},
    "api": _BELOW_PLAN | {"attention", "plan", "io", "import"},
    "model/isa": {"base", "format"},
    "model/func": _MODEL_BLOCKS | {"model/units"},
    "model/units": _MODEL_BLOCKS,
    "model/tlmm": _MODEL_BLOCKS,
    "model/text": {"base"},
    "model/cost": _MODEL_TOP,
    "model/machine": _MODEL_TOP | {"model/cost"},
    "model/lower": _MODEL_TOP | {"model/machine"},
    "model/api": _MODEL_TOP | {"model/cost", "model/machine", "model/lower"},
}

# The rooms and headers of liblutgemm_model, which knows liblutgemm but not the other way round.
MODEL = "model/"

# What each room of tools/ may include of tools/ besides its own files. A folder of tools/command/
# is a subcommand: none includes another, and the files beside these folders join all of them.
_SHARED_BY_PROGRAMS = {"tools/console", "tools/measure"}
TOOL_ROOMS = {
    "tools/console": set(),
    "tools/measure": {"tools/console"},
    "tools/command/common": _SHARED_BY_PROGRAMS,
    "tools/dev": {"tools/command"},
    "bench": _SHARED_BY_PROGRAMS,
}
_SUBCOMMAND_SEES = _SHARED_BY_PROGRAMS | {"tools/command/common"}

# Folders outside src/ whose files may include any room.
OPEN_FOLDERS = ("tools", "bench", "tests")
# Folders that see the public headers only.
PUBLIC_ONLY_FOLDERS = ("examples", "integrations")

# The tests' own oracle shares no code with what it is compared with.
ORACLE_FOLDER = "tests/oracle/"

HIGHWAY_FOLDERS = ("src/kernels/", "tests/kernels/")
# Libraries that serve tools, tests and benchmarks and must not enter src/.
OUTSIDE_LIBRARIES = ("dnnl", "oneapi/", "fmt/", "CLI/", "benchmark/", "doctest/")

# The C headers that a public header may use, beside the extensionless C++ ones.
PUBLIC_C_HEADERS = {"stdbool.h", "stddef.h", "stdint.h"}

SUFFIXES = {".c", ".cc", ".h", ".hpp", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    """The room that a path below src/ lies in, or None."""
    for depth in (2, 1):
        room = "/".join(path.split("/")[:depth])
        if room in ROOMS and path != room:
            return room
    return None


def check_interface(path, target, quoted):
    """What is wrong with a file including a public header, or None."""
    if quoted:
        return "write it as <lutgemm/...>"
    ours = path.startswith((f"src/{MODEL}", f"include/lutgemm/{MODEL}"))
    if target.startswith(f"lutgemm/{MODEL}") and not ours:
        return "liblutgemm does not know its model"
    return None


def tool_room_of(path):
    """The room of tools/ that a path lies in, "bench", or None."""
    parts = path.split("/")
    if parts[0] == "bench":
        return "bench"
    if parts[0] != "tools" or len(parts) < 3:
        return None
    depth = 3 if parts[1] == "command" and len(parts) > 3 else 2
    return "/".join(parts[:depth])


def check_tools(path, target):
    """What is wrong with a file of tools/ or bench/ including a file of tools/, or None."""
    room, target_room = tool_room_of(path), tool_room_of(target)
    if target_room in (None, "bench") or target_room == room or room == "tools/command":
        return None
    if target_room in TOOL_ROOMS.get(room, _SUBCOMMAND_SEES):
        return None
    return f"{room} may not include {target_room}"


def check_public(path, target, quoted):
    if target.startswith("lutgemm/"):
        return check_interface(path, target, quoted)
    if not quoted and "/" not in target:
        if "." not in target or target in PUBLIC_C_HEADERS:
            return None
    return "a public header includes only the standard library and <lutgemm/...>"


def check_src(path, room, target, quoted):
    if target.startswith("lutgemm/"):
        return check_interface(path, target, quoted)
    if not quoted:
        if target.startswith(OUTSIDE_LIBRARIES):
            return "the library does not use this dependency"
        return None
    target_room = room_of(target)
    if target_room is None:
        return 'write project includes from src/, as "room/file.h"'
    if target_room != room and target_room not in ROOMS[room]:
        return f"{room} may not include {target_room}"
    return None


def check_include(path, target, quoted):
    """What is wrong with the file at path including target, or None."""
    if target.startswith("hwy/") and not path.startswith(HIGHWAY_FOLDERS):
        return "only kernels includes Highway"
    folder = path.split("/")[0]
    if folder == "include":
        return check_public(path, target, quoted)
    if folder == "src":
        room = room_of(path[len("src/"):])
        if room is None:
            return "this file lies in none of the rooms of src/"
        return check_src(path, room, target, quoted)
    if path.startswith(ORACLE_FOLDER) and room_of(target) not in (None, "base"):
        return "the oracle of the tests is written from the pages alone"
    if folder in ("tools", "bench"):
        return check_tools(path, target)
    if folder in PUBLIC_ONLY_FOLDERS and room_of(target) is not None:
        return f"{folder} sees the public headers only"
    return None


def problems(root):
    folders = ("include", "src") + OPEN_FOLDERS + PUBLIC_ONLY_FOLDERS
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SUFFIXES or not file.is_file():
                continue
            path = file.relative_to(root).as_posix()
            lines = file.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                error = check_include(path, match[2], match[1] == '"')
                if error:
                    yield f"{path}:{number}: includes {match[2]}: {error}"


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    found = list(problems(root))
    print("\n".join(found) if found else "all includes point downward")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
