"""Random programs: operands anywhere, some illegal, the machine small enough to be left."""

import random

from cases import ISA, MACHINE, RELEASED, Source, arithmetics
from words import TYPES


ROLES = {"rd": 0, "ra": 16, "rw": 32, "rc": 48}  # first registers that mostly stand in a field


def operand(field, r, types):
    """Text of a field: mostly small numbers, so that programs do not trap at once."""
    kind = field.kind
    if kind in TYPES:
        return types[field.name]
    if kind == "log2":
        return str(1 << r.choice((0, 1, 1, 2, 3)))
    if kind == "scalar":
        return f"s{r.choice((0, 0, 1, 2, 3, 31))}"
    if kind == "vector":
        usual = ROLES.get(field.name)
        near = usual is not None and r.random() < 0.95
        return f"r{usual + r.randrange(12) if near else r.randrange(64)}"
    if kind == "flag":
        return f".{field.name}" if types.get(field.name) == "1" else ""
    if kind == "offset":
        return f"{r.choice((0, 0, 8, 64, 100, -4)):+}"
    if kind == "signed":
        return str(r.choice((0, 1, -1, 64, 128, 2048, 3000, 2**31 - 1, -2**31)))
    if kind == "target":
        return str(r.choice((1, 1, 1, 1, 2, 3, -1, -40)))
    if field.name == "k":
        return str(r.randint(1, 8))
    if field.name == "index":
        return str(r.choice((0, 0, 1, 2, 9)))
    return str(r.choice((1, 4, 16, 64, 130))) if field.name == "length" else "1"


def instruction(r):
    """A line of text with every field from the page's tables."""
    name = r.choices(list(ISA.fields), [0.1, 1, 1, 1, 1, 1, 2, 2, 1, 1, 6, 9, 6])[0]
    types = {}
    if name in ISA.legal:
        types = {key: r.choice(values) for key, values in r.choice(ISA.legal[name]).items()}
        types.setdefault("w", r.choice(list(ISA.planes)))
    text = ISA.syntax[name]
    for field in ISA.fields[name]:
        text = text.replace("{" + field.name + "}", operand(field, r, types))
    return text


def program(seed):
    """A case as cases.py has them."""
    r = random.Random(seed)
    source = Source(seed, r.random() < 0.6)
    kinds = ["f16", "f32", "i32", "i8"]
    image = b"".join(source.numbers(r.choice(kinds), 64) for _ in range(24))[:3072]
    lines = ["li s1, 64", "li s2, 1000", "cpin [s0], [s0], 3072", "fence"]
    lines += [f"ld r{at}, [s0+{at * 40}], 512" for at in range(0, 60, 4)]
    if r.random() < 0.8:
        lines.append("zero r48, 16")  # row records of no kind, of which most are
    lines += [instruction(r) for _ in range(r.randint(1, 12))]
    lines += ["fence", "li s1, 2048"]
    # What a program did is stored: registers first, then the scratchpad's start.
    lines += [f"st r{at}, [s0+{(at % 16) * 128}], 512" for at in range(0, 16, 4)]
    lines += ["cpout [s1], [s0], 2048", "fence"]
    first = r.choice((16, 32, 48))
    lines += [f"st r{first + at}, [s0+{at * 128}], 512" for at in range(0, 16, 4)]
    lines += ["cpout [s0], [s0], 2048", "halt"]
    machine = r.choice([*arithmetics().values(), RELEASED])
    return {"name": f"random {seed}", "about": "", "text": "\n".join(lines) + "\n",
            "global": image, "machine": {**machine, "max_steps": MACHINE["max_steps"]}}
