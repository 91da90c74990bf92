"""Programs for the machine: those that become the conformance vectors, and random ones. Written
from docs/isa.md and docs/gen/isa.md; what they do is for the machine to say."""

import random
import struct

from words import InstructionSet

ISA = InstructionSet()
MACHINE = {"registers": 64, "scratchpad_bytes": 4096, "global_bytes": 4096, "max_steps": 1000,
           "mode": "exact", "exponent_quirk": False, "adder": "ieee"}
RELEASED = {"mode": "rtl", "exponent_quirk": True, "adder": "flush"}
COUNTERS = ("steps", "instructions", "lookups", "array_cycles", "table_adds", "bytes")
OUT = 2048  # where results are stored, in scratchpad and global memory
F16 = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x83FF, 0x0400, 0x8400, 0x3C00, 0xBC00, 0x3C01,
       0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00, 0xFE01, 0x7C01, 0x7800, 0x0801, 0x1400]
F32 = [0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x3F800000, 0xBF800000,
       0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00001, 0xFF800001, 0x3F800001,
       0x4B000001, 0x33800000, 0x38800000]
I32 = [0, 1, -1, 2**31 - 1, -2**31, 2**24 + 1, 12345, -77]
SIZES = {"f16": 2, "f32": 4, "i32": 4, "i16": 2, "i8": 1, "f8e4m3": 1, "f8e5m2": 1}


class Source:
    """Seeded numbers of a type: plain ones, and in `wild` programs all that a type can hold."""

    def __init__(self, seed, wild):
        self.random, self.wild = random.Random(seed), wild

    def number(self, kind):
        r = self.random
        if kind == "f16":
            if self.wild and r.random() < 0.4:
                return struct.pack("<H", r.choice(F16))
            return struct.pack("<e", r.gauss(0, 1) * 2.0 ** r.randint(-6, 3))
        if kind == "f32":
            if self.wild and r.random() < 0.4:
                return struct.pack("<I", r.choice(F32))
            return struct.pack("<f", r.gauss(0, 1) * 2.0 ** r.randint(-9, 6))
        if kind == "i32":
            if self.wild:
                return struct.pack("<i", r.choice(I32 + [r.randint(-2**31, 2**31 - 1)]))
            return struct.pack("<i", r.randint(-5000, 5000))
        return bytes(self.byte(kind) for _ in range(SIZES[kind]))

    def byte(self, kind):
        code = self.random.randrange(256)
        if kind.startswith("f8") and not self.wild:
            return code & 0xB7  # finite in both types
        return code

    def numbers(self, kind, count):
        return b"".join(self.number(kind) for _ in range(count))

    def bits(self, count):
        return bytes(self.random.randrange(256) for _ in range(count))


class Program:
    """Loads operands, runs instructions, stores results, one after the other."""

    def __init__(self):
        self.image, self.loads, self.body, self.stores = bytearray(), [], [], []
        self.out = OUT

    def load(self, register, data):
        """Puts bytes into registers from `register` on."""
        at = len(self.image)
        self.image += data
        self.loads.append(f"ld r{register}, [s0+{at}], {len(data)}")

    def run(self, *lines):
        self.body += lines

    def store(self, register, size):
        self.stores.append(f"st r{register}, [s1+{self.out - OUT}], {size}")
        self.out += size

    def text(self):
        size = max(len(self.image), 1)
        lines = [f"li s1, {OUT}", f"cpin [s0], [s0], {size}", "fence", *self.loads, *self.body,
                 *self.stores]
        if self.out > OUT:
            lines.append(f"cpout [s1], [s1], {self.out - OUT}")
        return "\n".join([*lines, "halt", ""])

    def case(self, name, about, **machine):
        if self.out > MACHINE["global_bytes"] or len(self.image) > OUT:
            raise ValueError(f"{name} does not fit")
        return {"name": name, "about": about, "text": self.text(), "global": bytes(self.image),
                "machine": machine}


def registers(size):
    return -(-size // 128)


def table_size(m, k, kind):
    size = (m << (k - 1)) * ISA.entries[kind][1]
    return -(-size // 4) * 4 + 4 * m if kind == "lut8" else size


def table_data(source, m, k, kind):
    entry = {"i16": "i32", "i8": "i16", "lut8": "i8"}.get(kind, "f16")
    data = source.numbers(entry, m << (k - 1))
    if kind == "lut8":
        data += bytes(-len(data) % 4) + source.numbers("f32", m)
    return data


def lutgen(source, m, k, types, index=0):
    """One lutgen: activations in r8 on, record in r40, tables to r0."""
    a, t = types
    program = Program()
    for row in range(m):
        program.load(8 + row, source.numbers(a, k * (index + 1)))
    sums = source.numbers("i32" if t in ("i8", "i16") else "f32", m)
    program.load(40, sums + source.numbers("f32", m) + bytes(4))
    program.run(f"lutgen.m{m}k{k}.{a}.{t} r0, r8, r40, {index}")
    program.store(0, registers(table_size(m, k, t)) * 128)
    program.store(40, registers(8 * m + 4) * 128)
    return program


def lmma(source, shape, types, in_place=False):
    """One lmma: tables in r0, weights in r16, sums in r24; result there or in r44."""
    (m, n, k), (a, w, acc, out) = shape, types
    program = Program()
    program.load(0, table_data(source, m, k, a))
    program.load(16, source.bits(-(-len(ISA.planes[w]) * n * k // 8)))
    program.load(24, source.numbers(acc, m * n))
    result = 24 if in_place else 44
    program.run(f"lmma.m{m}n{n}k{k}.{a}.{w}.{acc}.{out} r{result}, r0, r16, r24")
    program.store(result, registers(m * n * SIZES[out]) * 128)
    return program


def fold(source, shape, types, zero):
    """One fold: sums in r0, outputs' record in r16, row record in r32, result in r44."""
    (m, n), (w, acc, out) = shape, types
    kind = 1 if acc == "i32" else 2
    program = Program()
    program.load(0, source.numbers(acc, m * n))
    program.load(16, source.numbers("i32", n) + source.numbers("f32", 2 * n))
    program.load(32, source.numbers("i32" if kind == 1 else "f32", m) +
                 source.numbers("f32", m) + struct.pack("<I", kind * source.random.randrange(2)))
    program.load(44, source.numbers(out, m * n))
    program.run(f"fold.m{m}n{n}.{w}.{acc}.{out}{'.zero' if zero else ''} r44, r0, r16, r32")
    program.store(44, registers(m * n * 4) * 128)
    return program


def product(source, types, machine_name):
    """Two tables, two groups and all three instructions, as a compiled product has them."""
    a, t, w, acc = types
    program = Program()
    for row in range(2):
        program.load(8 + row, source.numbers(a, 16))
    program.load(12, struct.pack("<4If", 0, 0, 0x3F800000, 0x3E800000, 0)[:20])
    program.load(20, source.numbers("i32", 8)[:0] +
                 b"".join(struct.pack("<i", source.random.randint(-7, 7)) for _ in range(8)) +
                 source.numbers("f32", 16))
    for step in range(4):
        program.load(24 + step, source.bits(len(ISA.planes[w]) * 4))
    for step in range(4):
        program.run(f"lutgen.m2k4.{a}.{t} r0, r8, r12, {step}",
                    f"lmma.m2n8k4.{t}.{w}.{acc}.{acc} r30, r0, r{24 + step}, r30")
    out = "i32" if acc == "i32" else "f32"
    program.run(f"fold.m2n8.{w}.{acc}.{out} r40, r30, r20, r12",
                f"fold.m2n8.{w}.{acc}.f32.zero r50, r30, r20, r12")
    for register in (12, 30, 40, 50):
        program.store(register, 128)
    return program, f"a product of {a} by {w}, tables {t}, sums {acc}, {machine_name}"


def arithmetics():
    """Machines on which float tables differ."""
    return {"exact": {}, "rtl": {"mode": "rtl"},
            "quirk": {"mode": "rtl", "exponent_quirk": True},
            "flush": {"mode": "rtl", "adder": "flush"}, "released": RELEASED}


def legal(name):
    """Every combination of types that an instruction may have."""
    return [line for line in ISA.legal[name]]


def lutgen_cases():
    for line in legal("lutgen"):
        for a in line["a"]:
            for t in line["t"]:
                for wild in (False, True):
                    kind = "all kinds of numbers" if wild else "plain numbers"
                    for m, k, index in ((2, 4, 1), (1, 8, 0), (4, 3, 2), (1, 1, 0)):
                        source = Source(f"{a}{t}{wild}{k}", wild)
                        yield lutgen(source, m, k, (a, t), index).case(
                            f"lutgen.m{m}k{k}.{a}.{t} {kind}",
                            f"index {index}: entries, row sums, record, padding", registers=64)
            program = Program()
            program.load(40, struct.pack("<fff", 5.0, 2.0, 0.0))
            program.run(f"lutgen.m1k4.{a}.lut8 r0, r8, r40, 0")
            program.store(0, 128)
            program.store(40, 128)
            yield program.case(f"lutgen.{a}.lut8 zeros", "a row of zeros: scale and entries are 0")


def lmma_cases():
    number = 0
    shapes = ((2, 8, 4), (1, 16, 3), (4, 4, 5), (1, 2, 8), (2, 2, 1))
    for line in legal("lmma"):
        for a in line["a"]:
            for acc in line["acc"]:
                for out in line["out"]:
                    floats = a.startswith("f")
                    machines = arithmetics() if floats else {"exact": {}, "released": RELEASED}
                    for name, machine in machines.items():
                        for wild in (False, True):
                            number += 1
                            w = list(ISA.planes)[number % len(ISA.planes)]
                            shape = shapes[number % len(shapes)]
                            same = SIZES[acc] == SIZES[out]
                            program = lmma(Source(number, wild), shape, (a, w, acc, out),
                                           same and number % 2 == 0)
                            m, n, k = shape
                            yield program.case(
                                f"lmma.m{m}n{n}k{k}.{a}.{w}.{acc}.{out} {name}"
                                f"{' wild' if wild else ''}",
                                f"{'all kinds of' if wild else 'plain'} numbers, {name}",
                                **machine)


def fold_cases():
    number = 0
    for line in legal("fold"):
        for acc in line["acc"]:
            for out in line["out"]:
                for zero in line["zero"]:
                    for wild in (False, True):
                        number += 1
                        w = list(ISA.planes)[number % len(ISA.planes)]
                        program = fold(Source(number, wild), (2, 8), (w, acc, out), zero == "1")
                        yield program.case(
                            f"fold.m2n8.{w}.{acc}.{out}{'.zero' if zero == '1' else ''}"
                            f"{' wild' if wild else ''}",
                            f"{'all kinds of' if wild else 'plain'} numbers")


def product_cases():
    for number, types in enumerate((("i8", "i8", "i4", "i32"), ("i16", "i16", "t2", "i32"),
                                    ("f16", "f16", "i2", "f16"), ("f16", "lut8", "i3", "f32"),
                                    ("f8e4m3", "f8e4m3", "i4", "f32"), ("i8", "lut8", "i1", "f32"),
                                    ("f8e5m2", "lut8", "i2", "f32"))):
        for name, machine in (("exact", {}), ("released", RELEASED)):
            program, about = product(Source(number, False), types, name)
            yield program.case(f"product {' '.join(types)} {name}", about, **machine)


def all_cases():
    from steering import steering_cases
    return [*steering_cases(), *lutgen_cases(), *lmma_cases(), *fold_cases(), *product_cases()]
