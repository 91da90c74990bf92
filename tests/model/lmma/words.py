"""Words to instructions, by the tables of docs/gen/isa.md."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "gen" / "isa.md"
SIGNED = ("signed", "offset", "target")
TYPES = {"act": "activations", "weight": "weights", "sum": "sums"}


def tables(text):
    """Rows of cells by the heading that they stand under."""
    found, heading = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| ") and not line.startswith("| ---"):
            cells = line.strip("|").split("|")
            found.setdefault(heading, []).append([c.strip().strip("`") for c in cells])
    return {name: rows[1:] for name, rows in found.items()}


class Field:
    def __init__(self, name, bits, kind):
        self.name = name
        ends = [int(b) for b in bits.split(":")]
        self.hi, self.lo = ends[0], ends[-1]
        self.kind, _, limit = kind.partition(" ")
        self.limit = int(limit.rsplit(" ", 1)[-1]) if limit else None

    def value(self, word):
        """The field's value, or None where its bits are reserved."""
        width = self.hi - self.lo + 1
        bits = word >> self.lo & ((1 << width) - 1)
        if self.kind in SIGNED:
            return bits - (1 << width) if bits >> (width - 1) else bits
        if self.kind == "log2":
            bits = 1 << bits
        elif self.kind == "less1":
            bits += 1
        if self.limit is not None and not 1 <= bits <= self.limit:
            return None
        return bits


class InstructionSet:
    """What the page's tables say."""

    def __init__(self, text=None):
        page = tables(text or PAGE.read_text(encoding="utf-8"))
        self.names = {int(row[0], 16): re.match(r"\w+", row[1]).group()
                      for row in page["Instructions of the LUT Tensor Core"]}
        self.syntax = {row[1].split(".")[0].split(" ")[0]: row[1]
                       for row in page["Instructions of the LUT Tensor Core"]}
        self.fields = {name: [] for name in self.names.values()}
        for name, field, bits, kind in page["Fields"]:
            self.fields[name].append(Field(field, bits, kind))
        acts = page["Types of activations"]
        self.types = {
            "act": [row[1] for row in acts],
            "weight": [row[1] for row in page["Types of weights"]],
            "sum": [row[1] for row in page["Types of sums"]],
        }
        self.act_bytes = {row[1]: int(row[2] or 0) for row in acts}
        self.entries = {row[1]: (row[3], int(row[4])) for row in acts}
        self.planes = {row[1]: [int(p) for p in row[2].split()] for row in page["Types of weights"]}
        self.sum_bytes = {row[1]: int(row[2]) for row in page["Types of sums"]}
        self.legal = {}
        for name, values in page["Legal combinations"]:
            sets = dict(part.split(": ") for part in values.split("; "))
            self.legal.setdefault(name, []).append(
                {field: allowed.split(", ") for field, allowed in sets.items()})

    def decode(self, word):
        """(name, fields by name), types as their names; None for a reserved word."""
        name = self.names.get(word >> 56)
        if name is None:
            return None
        used, values = 0xFF << 56, {}
        for field in self.fields[name]:
            value = field.value(word)
            if value is None or (field.kind in TYPES and value >= len(self.types[field.kind])):
                return None
            values[field.name] = self.types[field.kind][value] if field.kind in TYPES else value
            used |= ((1 << (field.hi - field.lo + 1)) - 1) << field.lo
        if word & ~used or not self.stands_together(name, values):
            return None
        return name, values

    def stands_together(self, name, values):
        lines = self.legal.get(name)
        return lines is None or any(
            all(str(values[field]) in allowed for field, allowed in line.items())
            for line in lines)
