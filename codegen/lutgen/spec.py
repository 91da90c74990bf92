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
        "layout": {"id": int, "name": str, "version": int, "strip": int, "planes": list,
                   "block_unit": int,
                   "formats": list, "groups": str, "unit": str, "address": str},
    },
    "formats.toml": {
        "format": {"id": int, "name": str, "bits": int, "codes": int, "value": str,
                   "book": bool, "values": list, "multipliers": list, "zeros": list, "default_layout": str,
                   "default_layout_whole": str},
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
}


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
                entries = [{**DEFAULTS.get(table, {}), **e} if isinstance(e, dict) else e
                           for e in entries]
            mistakes += table_mistakes(file, table, entries, keys)
            loaded.tables[table] = entries
    return loaded, mistakes


def load(folder):
    return parse({file: (folder / file).read_bytes() for file in SCHEMA})
