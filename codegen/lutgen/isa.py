"""The instruction set: mistakes that a well-formed spec can make, and its generated files."""

import re
from collections import Counter

from spec import enumerator
from text import note, page, table

FILE = "lmma_isa.toml"
TYPES = {"act": "act_type", "weight": "weight_type", "sum": "sum_type"}
# Kinds of fields, and the largest number of bits that each may have.
KINDS = {"log2": 5, "less1": 14, "count": 24, "number": 8, "signed": 32, "offset": 24,
         "target": 32, "flag": 1, "vector": 8, "scalar": 5, "act": 4, "weight": 4, "sum": 3}
BOUNDED = ("log2", "less1", "count")
KEYS = {"name", "hi", "lo", "kind", "max"}
OPCODE_BIT = 56
PLACEHOLDER = re.compile(r"{(\w+)}")


def largest(field):
    """The largest value that the bits of a bounded field can hold."""
    width = field["hi"] - field["lo"] + 1
    return {"log2": 1 << min((1 << width) - 1, 62), "less1": 1 << width,
            "count": (1 << width) - 1}[field["kind"]]


def field_mistakes(where, field):
    if not isinstance(field, dict) or not {"name", "hi", "lo", "kind"} <= set(field) <= KEYS:
        yield f"{where}: a field has name, hi, lo, kind, and max where it is bounded"
        return
    where = f"{where}: field {field['name']}"
    if field["kind"] not in KINDS:
        yield f"{where}: there is no kind {field['kind']!r}"
    elif not 0 <= field["lo"] <= field["hi"] < OPCODE_BIT:
        yield f"{where}: its bits must lie below the opcode, hi before lo"
    elif field["hi"] - field["lo"] >= KINDS[field["kind"]]:
        yield f"{where}: {field['kind']} has at most {KINDS[field['kind']]} bits"
    elif ("max" in field) != (field["kind"] in BOUNDED):
        yield f"{where}: max goes with {', '.join(BOUNDED)} and with nothing else"
    elif "max" in field and not 1 <= field["max"] <= largest(field):
        yield f"{where}: max must be 1 to {largest(field)}"


def instructions(loaded):
    opcodes = Counter(i["opcode"] for i in loaded.tables["instruction"])
    for entry in loaded.tables["instruction"]:
        where = f"instruction {entry['name']}"
        if not 0 < entry["opcode"] < 255 or opcodes[entry["opcode"]] > 1:
            yield f"{where}: its opcode must be its own, from 1 to 254"
        found = [text for field in entry["fields"] for text in field_mistakes(where, field)]
        yield from found
        if found:
            continue
        bits = Counter(b for f in entry["fields"] for b in range(f["lo"], f["hi"] + 1))
        yield from (f"{where}: bit {b} is in {n} fields" for b, n in bits.items() if n > 1)
        if Counter(PLACEHOLDER.findall(entry["syntax"])) != Counter(
                f["name"] for f in entry["fields"]):
            yield f"{where}: its syntax must name every field once"


def values_of(loaded, field):
    """What may stand in a combination for a field: names of types, or 0 and 1."""
    return loaded.names(TYPES[field["kind"]]) if field["kind"] in TYPES else [0, 1]


def combinations(loaded):
    for entry in loaded.tables["combination"]:
        where = f"combination {entry['name']}"
        instruction = loaded.find("instruction", entry["instruction"])
        if instruction is None:
            yield f"{where}: there is no instruction {entry['instruction']!r}"
            continue
        fields = {f["name"]: f for f in instruction["fields"] if f["kind"] in (*TYPES, "flag")}
        for name, values in entry["values"].items():
            if name not in fields:
                yield f"{where}: {entry['instruction']} has no type or flag {name!r}"
            elif not values or not set(values) <= set(values_of(loaded, fields[name])):
                yield f"{where}: {name} has values that are none of the field"


def types(loaded):
    for kind, name in TYPES.items():
        ids = [t["id"] for t in loaded.tables[name]]
        if ids != list(range(len(ids))):
            yield f"{name}: ids must count from 0"
        if len(ids) > 1 << KINDS[kind]:
            yield f"{name}: there are more than a field can tell apart"


def mistakes(loaded):
    for checks in (types, instructions, combinations):
        found = list(checks(loaded))
        yield from found
        if found:
            return


def inc(loaded, lines):
    return "\n".join([f"// {note(loaded, FILE)}", *lines]) + "\n"


def types_inc(loaded):
    acts = [f"LUTGEMM_ACT_TYPE({enumerator(t['name'])}, \"{t['name']}\", {t['bytes']}, "
            f"{t['entry_bytes']})" for t in loaded.tables["act_type"]]
    weights = [f"LUTGEMM_WEIGHT_TYPE({enumerator(t['name'])}, \"{t['name']}\", "
               f"{', '.join(map(str, t['multipliers']))})" for t in loaded.tables["weight_type"]]
    sums = [f"LUTGEMM_SUM_TYPE({enumerator(t['name'])}, \"{t['name']}\", {t['bytes']})"
            for t in loaded.tables["sum_type"]]
    return inc(loaded, acts + weights + sums)


def field_names(loaded):
    """Names of all fields, in the order of their first use."""
    return list(dict.fromkeys(f["name"] for i in loaded.tables["instruction"]
                              for f in i["fields"]))


def instructions_inc(loaded):
    names = [f"LUTGEMM_FIELD_NAME({enumerator(n)}, \"{n}\")" for n in field_names(loaded)]
    return inc(loaded, names + [
        f"LUTGEMM_INSTRUCTION({enumerator(i['name'])}, \"{i['name']}\", {i['opcode']:#04x}, "
        f"\"{i['syntax']}\")" for i in loaded.tables["instruction"]])


def fields_inc(loaded):
    return inc(loaded, [
        f"LUTGEMM_FIELD({enumerator(i['name'])}, {enumerator(f['name'])}, {f['hi']}, {f['lo']}, "
        f"{enumerator(f['kind'])}, {f.get('max', 0)})"
        for i in loaded.tables["instruction"] for f in i["fields"]])


def mask(loaded, instruction, name, values):
    field = next(f for f in instruction["fields"] if f["name"] == name)
    allowed = values_of(loaded, field)
    return sum(1 << allowed.index(value) for value in values)


def combinations_inc(loaded):
    lines = []
    for entry in loaded.tables["combination"]:
        instruction = loaded.find("instruction", entry["instruction"])
        sets = [f"OneOf(Field::{enumerator(name)}, {mask(loaded, instruction, name, values):#x})"
                for name, values in entry["values"].items()]
        lines.append(f"LUTGEMM_COMBINATION({enumerator(instruction['name'])}, {', '.join(sets)})")
    return inc(loaded, lines)


def place(field):
    return f"{field['hi']}:{field['lo']}" if field["hi"] > field["lo"] else f"{field['lo']}"


def kind_text(field):
    limit = f" 1 to {field['max']}" if "max" in field else ""
    return field["kind"] + limit


def page_md(loaded):
    codes = [(f"{i['opcode']:#04x}", f"`{i['name']}{i['syntax']}`", i["doc"])
             for i in loaded.tables["instruction"]]
    fields = [(i["name"], f"`{f['name']}`", place(f), kind_text(f))
              for i in loaded.tables["instruction"] for f in i["fields"]]
    acts = [(t["id"], f"`{t['name']}`", t["bytes"] or "", t["entry"], t["entry_bytes"], t["doc"])
            for t in loaded.tables["act_type"]]
    weights = [(t["id"], f"`{t['name']}`", " ".join(map(str, t["multipliers"])), t["doc"])
               for t in loaded.tables["weight_type"]]
    sums = [(t["id"], f"`{t['name']}`", t["bytes"]) for t in loaded.tables["sum_type"]]
    legal = [(c["instruction"], "; ".join(f"{name}: {', '.join(map(str, values))}"
                                          for name, values in c["values"].items()))
             for c in loaded.tables["combination"]]
    return page(
        loaded, (FILE,), "# Instructions of the LUT Tensor Core",
        "The opcode is in bits 63:56. Bits in no field are zero.",
        table(("opcode", "text", "what"), codes),
        "## Fields", table(("instruction", "field", "bits", "kind"), fields),
        "## Types of activations", table(("id", "name", "bytes", "table entry", "its bytes",
                                          "entries"), acts),
        "## Types of weights", table(("id", "name", "planes count", "what"), weights),
        "## Types of sums", table(("id", "name", "bytes"), sums),
        "## Legal combinations",
        "`lmma`, `lutgen` and `fold` are legal if one of their lines holds.",
        table(("instruction", "values"), legal))


def outputs(loaded):
    return {
        "src/model/isa/gen/types.inc": types_inc(loaded),
        "src/model/isa/gen/instructions.inc": instructions_inc(loaded),
        "src/model/isa/gen/fields.inc": fields_inc(loaded),
        "src/model/isa/gen/combinations.inc": combinations_inc(loaded),
        "docs/gen/isa.md": page_md(loaded),
    }
