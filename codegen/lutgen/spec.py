"""Reads the spec files. What comes out has exactly the keys and types below, or is a mistake."""

import hashlib
import tomllib

# Tables of each file, and the keys of every entry of a table.
SCHEMA = {
    "kernels.toml": {
        "method": {"name": str, "digits": str, "doc": str},
        "regime": {"name": str, "doc": str},
        "need": {"name": str, "condition": str, "doc": str},
        "target": {"name": str, "has": list},
        "fold": {"name": str, "doc": str},
        "packing": {"name": str, "modes": list, "step_k": int, "step_bytes": int,
                    "block_unit": int, "block": list, "tables": bool, "doc": str},
        "kernel": {"method": str, "regime": str, "layout": str, "planes": list, "binary": bool,
                   "modes": list, "packing": str, "tokens": list, "folds": list, "needs": list,
                   "parts": bool, "panel": str, "chunk_unit": int,
                   "read_tokens": int, "decode_tokens": int, "strips": str, "body": str, "portable": str,
                   "doc": str},
    },
    "layouts.toml": {
        "layout": {"id": int, "name": str, "doc": str, "version": int, "strip": int, "planes": list,
                   "block_unit": int, "groups": str, "unit": str, "address": str},
    },
    "formats.toml": {
        "family": {"name": str, "integers": str, "value": str, "doc": str, "zeros": list,
                   "groups": list, "whole_tensor": bool, "scales": list, "super_scales": list,
                   "group": str, "scale": str, "help": str, "source": str, "rows": list},
        "format": {"id": int, "name": str, "family": str, "bits": int, "multipliers": list,
                   "first": int, "step": int, "tables": list, "unit": str, "words": str,
                   "layouts": list, "layout_whole": str, "search": list},
        "zero": {"id": int, "name": str, "stored": str, "value": str},
        "elem": {"id": int, "name": str, "bytes": int, "use": list},
        "mode": {"id": int, "name": str, "doc": str},
    },
    "lmma_isa.toml": {
        "act_type": {"id": int, "name": str, "bytes": int, "entry": str, "entry_bytes": int,
                     "doc": str},
        "weight_type": {"id": int, "name": str, "multipliers": list, "doc": str},
        "sum_type": {"id": int, "name": str, "bytes": int},
        "instruction": {"name": str, "opcode": int, "syntax": str, "fields": list, "doc": str},
        "combination": {"name": str, "instruction": str, "values": dict},
    },
}


# What an entry of a table has where it does not say.
DEFAULTS = {
    "kernel": {"binary": False, "needs": [], "parts": False, "panel": "0", "chunk_unit": 1,
               "read_tokens": 0, "decode_tokens": 0, "portable": ""},
    "family": {"groups": [], "whole_tensor": False, "super_scales": [], "help": "", "source": "",
               "rows": []},
    "format": {"step": 1, "tables": [], "unit": "", "words": "", "search": []},
}


def following(entry):
    """What of a format follows from its other keys, where it does not say."""
    bits, layouts = entry.get("bits"), entry.get("layouts")
    bits = bits if isinstance(bits, int) and 1 <= bits <= 8 else 1
    first = layouts[:1] if isinstance(layouts, list) else []
    return {"multipliers": [1 << p for p in range(bits)], "first": -(1 << (bits - 1)),
            "layout_whole": first[0] if first and isinstance(first[0], str) else ""}


class Spec:
    """tables[table] = list of entries (dicts); digest[file] = first digits of its SHA-256."""

    def __init__(self):
        self.tables = {}
        self.digest = {}

    def names(self, table):
        return [entry["name"] for entry in self.tables[table]]

    def find(self, table, name):
        return next((e for e in self.tables[table] if e["name"] == name), None)


def enumerator(name):
    """The C++ enumerator of a name: planes_fast -> kPlanesFast, f32 -> kF32."""
    if name == "bf16":
        return "kBF16"
    return "k" + "".join(part[0].upper() + part[1:] for part in name.split("_"))


def entry_mistakes(where, entry, keys):
    for key in keys:
        if key not in entry:
            yield f"{where}: key '{key}' is missing"
        elif type(entry[key]) is not keys[key]:
            yield f"{where}: '{key}' must be of type {keys[key].__name__}"
    for key in entry:
        if key not in keys:
            yield f"{where}: unknown key '{key}'"


def table_mistakes(file, table, entries, keys):
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        yield f"{file}: write entries as [[{table}]]"
        return
    for number, entry in enumerate(entries, 1):
        yield from entry_mistakes(f"{file}: {table} {number}", entry, keys)


# Keys that a format has of its family.
SHARED = ("integers", "value", "zeros", "groups", "whole_tensor", "scales", "super_scales", "group",
          "scale", "source")


def derive(loaded):
    """Gives formats what their families say, and families and layouts their formats."""
    for entry in loaded.tables["format"]:
        family = loaded.find("family", entry["family"]) or {}
        entry.update({key: family[key] for key in SHARED if key in family})
        entry["book"] = family.get("integers") == "book"
        entry["codes"] = 1 + sum(m for m in entry["multipliers"] if isinstance(m, int))
    for table, key in (("family", "family"), ("layout", "layouts")):
        for owner in loaded.tables[table]:
            owner["formats"] = [e["name"] for e in loaded.tables["format"]
                                if owner["name"] in e[key] and key == "layouts" or
                                owner["name"] == e[key]]


def parse(texts):
    """Spec and list of mistakes, from the bytes of each file. A key given twice is a mistake."""
    loaded, mistakes = Spec(), []
    for file, tables in SCHEMA.items():
        loaded.digest[file] = hashlib.sha256(texts[file]).hexdigest()[:16]
        try:
            data = tomllib.loads(texts[file].decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            mistakes.append(f"{file}: {error}")
            continue
        mistakes += [f"{file}: unknown table '{name}'" for name in data if name not in tables]
        for table, keys in tables.items():
            entries = data.get(table, [])
            if isinstance(entries, list):
                entries = [{**DEFAULTS.get(table, {}), **(following(e) if table == "format" else {}),
                            **e} if isinstance(e, dict) else e for e in entries]
            mistakes += table_mistakes(file, table, entries, keys)
            loaded.tables[table] = entries
    if not mistakes:
        derive(loaded)
    return loaded, mistakes


def load(folder):
    return parse({file: (folder / file).read_bytes() for file in SCHEMA})
