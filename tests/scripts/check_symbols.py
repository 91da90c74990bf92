#!/usr/bin/env python3
"""Checks which object file defines and which one needs a symbol.

    check_symbols.py ROOT OBJECTS MODEL_OBJECTS LIBRARY MODEL_LIBRARY

OBJECTS and MODEL_OBJECTS name files with the paths of liblutgemm's and of
liblutgemm_model's object files, one a line; the last two are the shared libraries.
MODEL_OBJECTS and MODEL_LIBRARY may be "" where the model is not built.

- An object needs symbols only of its own room and of rooms that it may include
  (check_layers.py); one of the model also what liblutgemm exports.
- A symbol in the namespace of a room is defined in that room.
- What a library exports is defined in the room that its header names in a line
  "Defined in src/ROOM."; the C interface is defined in src/api.
- Nothing is defined in both libraries; neither knows names of the other's rooms, or of
  the oracle's.

Prints one line per mistake and exits with 1 if there is one.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/dev"))
import check_layers  # noqa: E402

# Namespaces whose names are not those of their rooms.
# `import` is a word of C++ modules.
OTHER_NAMES = {"model/accel": "model/cost", "importing": "import"}
ORACLE = "ref"

# Kinds of symbols that one object alone may define; inline functions are in many.
OWN_KINDS = set("TDBRS")
SYMBOL = re.compile(r"^(?:[0-9a-f]+)?\s+([A-Za-z]) (.*)$")
OURS = re.compile(r"^lutgemm(?:::|_)")
DEFINED_IN = re.compile(r"Defined in ((?:src/[a-z/]+(?:,| and)? ?)+)")


def read_symbols(path, *options):
    """(kind, name) of every symbol of a file that has to do with lutgemm."""
    run = subprocess.run(["nm", "-C", *options, str(path)], capture_output=True, text=True,
                         check=True)
    for line in run.stdout.splitlines():
        match = SYMBOL.match(line)
        if match and OURS.match(match[2]):
            yield match[1], match[2]


def names_of(symbol):
    """The nested names of a demangled symbol, without parameters and templates."""
    plain = symbol.split("(", 1)[0].split("<", 1)[0].split("[", 1)[0]
    return plain.split("::")


def room_of_object(path):
    return check_layers.room_of(path.rsplit("/src/", 1)[1])


def room_of_name(symbol):
    """The room whose namespace a symbol lies in, or None."""
    names = names_of(symbol)[1:]
    for depth in (2, 1):
        room = "/".join(names[:depth])
        room = OTHER_NAMES.get(room, room)
        if len(names) > depth and (room in check_layers.ROOMS or room == ORACLE):
            return room
    return None


class Objects:
    """What the object files of a library define and need, by room."""

    def __init__(self, symbols_by_object):
        self.rooms = defaultdict(set)  # of symbols that one object defines
        self.anywhere = set()  # inline ones too
        self.needs = []  # (object, room, symbol)
        for path, symbols in symbols_by_object.items():
            room = room_of_object(path)
            for kind, symbol in symbols:
                if kind == "U":
                    self.needs.append((path.rsplit("/src/", 1)[1], room, symbol))
                    continue
                self.anywhere.add(symbol)
                if kind in OWN_KINDS:
                    self.rooms[symbol].add(room)


def layer_problems(objects, exported):
    for path, room, symbol in objects.needs:
        homes = objects.rooms.get(symbol)
        if homes is None:
            if symbol not in objects.anywhere and symbol not in exported:
                yield f"src/{path} needs {symbol}, which no object here defines"
        elif not homes & ({room} | check_layers.ROOMS[room]):
            yield f"src/{path} needs {symbol}, which src/{min(homes)} defines"


def room_problems(objects):
    for symbol, rooms in sorted(objects.rooms.items()):
        named = room_of_name(symbol)
        for room in sorted(rooms):
            if named is not None and named != room:
                yield f"{symbol} of {named} is defined in src/{room}"


def read_headers(folder):
    """(rooms that it names, text) of every public C++ header of a folder."""
    headers = []
    for file in sorted(folder.glob("*.hpp")):
        text = file.read_text(encoding="utf-8")
        joined = re.sub(r"\n// ?", " ", text)
        match = DEFINED_IN.search(joined)
        headers.append((set(re.findall(r"src/([a-z/]+)", match[1])) if match else set(), text))
    return headers


def declares(text, name):
    return re.search(rf"(?:class|struct) (?:\[\[nodiscard\]\] )?(?:LUTGEMM_API )?{name} (?:final )?[{{:]"
                     rf"|LUTGEMM_API [^;{{}}]*\b{name}\(", text)


def public_problems(objects, exported, headers):
    for symbol in sorted(exported):
        for room in sorted(objects.rooms.get(symbol, ())):
            if symbol.startswith("lutgemm_"):
                if room != "api":
                    yield f"{symbol} is defined in src/{room}, not in src/api"
                continue
            name = names_of(symbol.replace("lutgemm::model::", "lutgemm::", 1))[1]
            found = [rooms for rooms, text in headers if declares(text, name)]
            if not any(room in rooms for rooms in found):
                yield f"no public header says that {symbol} is defined in src/{room}"


def product_problems(objects, model, exported_by_model):
    for symbol in sorted(objects.anywhere):
        room = room_of_name(symbol)
        if symbol.startswith("lutgemm::model::") or room == ORACLE:
            yield f"liblutgemm has {symbol}"
    for symbol in sorted(model.rooms):
        if symbol in objects.rooms:
            yield f"both libraries define {symbol}"
        elif not symbol.startswith("lutgemm::model::"):
            yield f"liblutgemm_model defines {symbol}"
    for symbol in sorted(exported_by_model):
        if not symbol.startswith("lutgemm::model::"):
            yield f"liblutgemm_model exports {symbol}"


def read_objects(listing):
    if not listing:
        return Objects({})
    paths = Path(listing).read_text(encoding="utf-8").split()
    return Objects({path: list(read_symbols(path)) for path in paths})


def read_exported(library):
    return {name for kind, name in read_symbols(library, "-D") if kind != "U"} if library else set()


def main(root, listing, model_listing, library, model_library):
    objects, model = read_objects(listing), read_objects(model_listing)
    exported, by_model = read_exported(library), read_exported(model_library)
    found = [*layer_problems(objects, set()), *layer_problems(model, exported),
             *room_problems(objects), *room_problems(model),
             *public_problems(objects, exported, read_headers(Path(root, "include/lutgemm"))),
             *public_problems(model, by_model, read_headers(Path(root, "include/lutgemm/model"))),
             *product_problems(objects, model, by_model)]
    print("\n".join(sorted(set(found))) or f"{len(objects.anywhere) + len(model.anywhere)} symbols "
          "are where they belong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
